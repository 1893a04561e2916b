-- Which debits of an agency account name no payment and wait in suspense?
SELECT entry.id, entry.booking_date, entry.bank_reference, entry.remittance
FROM suspense_case
JOIN statement_entry AS entry
    ON entry.area_code = suspense_case.area_code AND entry.id = suspense_case.statement_entry_id
WHERE suspense_case.area_code = :area_code AND suspense_case.status <> 'resolved'
  AND entry.agency_account_id = CAST(:agency_account_id AS uuid)
  AND NOT entry.is_credit AND entry.end_to_end_id IS NULL
ORDER BY entry.id
