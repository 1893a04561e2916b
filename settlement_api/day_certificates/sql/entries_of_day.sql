-- Which entries has a day of an account, where did the ledger book each, and what explains it?
SELECT entry.id, entry.bank_statement_id, entry.line_number, entry.detail_number,
    entry.entry_class, entry.amount_minor, entry.is_credit, entry.booking_date, entry.value_date,
    entry.bank_reference, entry.end_to_end_id, entry.counterparty_name, entry.counterparty_last4,
    entry.remittance, transfer.id AS transfer_id, transfer.posting_number,
    transfer.booking_date AS posted_date,
    suspense_case.id AS case_id, suspense_case.reason, suspense_case.status,
    suspense_case.resolution, suspense_case.owner_role, suspense_case.due_date,
    suspense_case.opened_at, suspense_case.attempt_id, suspense_case.attempt_ids
FROM bank_statement AS statement
JOIN statement_entry AS entry
    ON entry.area_code = statement.area_code AND entry.bank_statement_id = statement.id
LEFT JOIN transfer
    ON transfer.area_code = entry.area_code AND transfer.basis_kind = 'bank_statement_entry'
    AND transfer.basis_id = entry.id AND transfer.purpose = 'booked'
LEFT JOIN suspense_case
    ON suspense_case.area_code = entry.area_code AND suspense_case.statement_entry_id = entry.id
WHERE statement.area_code = :area_code
  AND statement.agency_account_id = CAST(:agency_account_id AS uuid)
  AND statement.from_date <= CAST(:last_day AS date)
  AND statement.to_date >= CAST(:first_day AS date)
  AND least(greatest(entry.booking_date, statement.from_date), statement.to_date)
      BETWEEN CAST(:first_day AS date) AND CAST(:last_day AS date)
  AND (CAST(:after AS uuid) IS NULL OR entry.id > CAST(:after AS uuid))
  AND (NOT :unexplained OR suspense_case.status <> 'resolved')
ORDER BY entry.id
LIMIT CAST(:row_limit AS bigint)
