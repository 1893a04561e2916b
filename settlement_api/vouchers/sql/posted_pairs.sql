-- Between which kinds of accounts was posted since the last vouchers, first and last on which day?
SELECT ledger.book, debit.account_kind AS debit_kind, credit.account_kind AS credit_kind,
    min(transfer.booking_date) AS first_date, max(transfer.booking_date) AS last_date
FROM unnest(
    CAST(:ledger_ids AS uuid[]), CAST(:after AS bigint[]), CAST(:upto AS bigint[])
) AS cut (ledger_id, after, upto)
JOIN ledger ON ledger.area_code = :area_code AND ledger.id = cut.ledger_id
JOIN transfer
    ON transfer.area_code = :area_code AND transfer.ledger_id = cut.ledger_id
    AND transfer.posting_number > cut.after AND transfer.posting_number <= cut.upto
    AND transfer.state = 'posted'
JOIN ledger_account AS debit
    ON debit.area_code = :area_code AND debit.id = transfer.debit_account_id
JOIN ledger_account AS credit
    ON credit.area_code = :area_code AND credit.id = transfer.credit_account_id
GROUP BY ledger.book, debit.account_kind, credit.account_kind
ORDER BY ledger.book, debit.account_kind, credit.account_kind
