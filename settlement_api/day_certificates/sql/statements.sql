-- Which statements has an agency account, in the order of their chain?
SELECT id, sequence_number, from_date, to_date, opening_minor, closing_minor, continuity
FROM bank_statement
WHERE area_code = :area_code AND agency_account_id = CAST(:agency_account_id AS uuid)
ORDER BY from_date, to_date, coalesce(sequence_number, 0), id
