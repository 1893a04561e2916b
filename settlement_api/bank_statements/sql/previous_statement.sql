-- Which statement of the account comes right before these days?
SELECT id, sequence_number, to_date, closing_minor
FROM bank_statement
WHERE area_code = :area_code AND agency_account_id = :agency_account_id
  AND statement_identification <> :identification
  AND (from_date, to_date, coalesce(sequence_number, 0))
      < (CAST(:from_date AS date), CAST(:to_date AS date), CAST(:sequence AS bigint))
ORDER BY from_date DESC, to_date DESC, coalesce(sequence_number, 0) DESC, id DESC
LIMIT 1
