-- Aliases that this file gives to nobody: no document is the supplier's by them any more. What came
-- under them stays where it is.
UPDATE supplier_alias
SET superseded_at = statement_timestamp()
FROM staged
WHERE supplier_alias.superseded_at IS NULL
  AND supplier_alias.alias = staged.alias
  AND staged.uscc IS NULL
RETURNING staged.row_no
