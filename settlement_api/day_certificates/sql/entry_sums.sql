-- What came in and went out of an account by the bank's days, and on which day did the ledger book it?
-- An entry that is dated outside the days of its statement moved the balance within them.
SELECT entry.bank_statement_id,
    least(greatest(entry.booking_date, statement.from_date), statement.to_date) AS bank_day,
    transfer.booking_date AS posted_day,
    count(*) AS entry_count,
    coalesce(sum(entry.amount_minor) FILTER (WHERE entry.is_credit), 0)::bigint AS credit_minor,
    coalesce(sum(entry.amount_minor) FILTER (WHERE NOT entry.is_credit), 0)::bigint AS debit_minor
FROM bank_statement AS statement
JOIN statement_entry AS entry
    ON entry.area_code = statement.area_code AND entry.bank_statement_id = statement.id
LEFT JOIN transfer
    ON transfer.area_code = entry.area_code AND transfer.basis_kind = 'bank_statement_entry'
    AND transfer.basis_id = entry.id AND transfer.purpose = 'booked'
WHERE statement.area_code = :area_code
  AND statement.agency_account_id = CAST(:agency_account_id AS uuid)
GROUP BY 1, 2, 3
