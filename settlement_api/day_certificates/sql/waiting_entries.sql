-- Which entries of an account wait in suspense, of which day at the bank?
SELECT entry.id, entry.is_credit, entry.amount_minor,
    least(greatest(entry.booking_date, statement.from_date), statement.to_date) AS bank_day
FROM suspense_case
JOIN statement_entry AS entry
    ON entry.area_code = suspense_case.area_code AND entry.id = suspense_case.statement_entry_id
JOIN bank_statement AS statement
    ON statement.area_code = entry.area_code AND statement.id = entry.bank_statement_id
WHERE suspense_case.area_code = :area_code AND suspense_case.status <> 'resolved'
  AND suspense_case.agency_account_id = CAST(:agency_account_id AS uuid)
ORDER BY entry.id
