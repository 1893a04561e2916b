-- Which files of an account are kept and not booked?
SELECT id, statement_date, received_at
FROM statement_file
WHERE area_code = :area_code AND agency_account_id = CAST(:agency_account_id AS uuid)
  AND state <> 'read'
ORDER BY id
