-- Marks the terms of charges that this file corrects.
UPDATE charge_term
SET superseded_at = statement_timestamp()
FROM staged
WHERE charge_term.superseded_at IS NULL
  AND charge_term.contract_code = staged.contract_code
  AND charge_term.charge_kind = staged.charge_kind
  AND charge_term.valid_from = staged.valid_from
  AND (charge_term.terms, charge_term.most_permyriad, charge_term.most_minor, charge_term.valid_to)
      IS DISTINCT FROM (staged.terms, staged.most_permyriad, staged.most_minor, staged.valid_to)
RETURNING staged.row_no
