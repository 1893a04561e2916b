-- What was booked for the attempts and for the bank's lines, in the order posted.
SELECT
    transfer.id, ledger.book, ledger.scheme, transfer.posting_number, transfer.entry_id,
    transfer.leg_number, debit.account_kind AS debit_kind, debit.party_id AS debit_party_id,
    credit.account_kind AS credit_kind, credit.party_id AS credit_party_id,
    transfer.amount_minor, transfer.state, transfer.resolves_transfer_id, transfer.booking_date,
    transfer.basis_kind, transfer.basis_id
FROM transfer
JOIN ledger ON ledger.area_code = transfer.area_code AND ledger.id = transfer.ledger_id
JOIN ledger_account AS debit
    ON debit.area_code = transfer.area_code AND debit.id = transfer.debit_account_id
JOIN ledger_account AS credit
    ON credit.area_code = transfer.area_code AND credit.id = transfer.credit_account_id
WHERE transfer.area_code = :area_code
  AND transfer.basis_kind IN ('payment_attempt', 'bank_statement_entry')
  AND transfer.basis_id = ANY(CAST(:ids AS uuid[]))
ORDER BY ledger.book, ledger.scheme, transfer.posting_number, transfer.entry_id, transfer.leg_number
LIMIT :most
