-- Which statement of the account comes right after these days?
SELECT id, sequence_number, statement_identification, from_date, to_date, opening_minor,
    closing_minor, credit_minor, debit_minor, not_booked_count, continuity, known_before_count,
    opening_proposed_by
FROM bank_statement
WHERE area_code = :area_code AND agency_account_id = :agency_account_id
  AND statement_identification <> :identification
  AND (from_date, to_date, coalesce(sequence_number, 0))
      > (CAST(:from_date AS date), CAST(:to_date AS date), CAST(:sequence AS bigint))
ORDER BY from_date, to_date, coalesce(sequence_number, 0), id
LIMIT 1
