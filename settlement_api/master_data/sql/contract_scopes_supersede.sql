-- Marks the scopes that a contract no longer has.
UPDATE contract_scope
SET superseded_at = statement_timestamp()
FROM contract
JOIN staged USING (contract_code, item_no, manufacturer, valid_from)
WHERE contract_scope.superseded_at IS NULL
  AND contract.superseded_at IS NULL
  AND contract_scope.contract_id = contract.id
  AND contract_scope.scope_code <> ALL (staged.scopes)
RETURNING staged.row_no
