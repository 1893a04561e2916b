-- Stores the terms of charges that are not on file.
INSERT INTO charge_term
    (contract_code, charge_kind, terms, most_permyriad, most_minor, valid_from, valid_to)
SELECT contract_code, charge_kind, terms, most_permyriad, most_minor, valid_from, valid_to
FROM staged
WHERE NOT EXISTS (
    SELECT FROM charge_term
    WHERE charge_term.superseded_at IS NULL
      AND charge_term.contract_code = staged.contract_code
      AND charge_term.charge_kind = staged.charge_kind
      AND charge_term.valid_from = staged.valid_from
)
ORDER BY row_no
RETURNING (
    SELECT min(staged.row_no) FROM staged
    WHERE staged.contract_code = charge_term.contract_code
      AND staged.charge_kind = charge_term.charge_kind
      AND staged.valid_from = charge_term.valid_from
) AS row_no
