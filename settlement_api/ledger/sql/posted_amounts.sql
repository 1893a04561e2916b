-- How much stands posted for each basis, per pair of accounts, debit and credit as booked?
SELECT ledger.book, ledger.scheme, transfer.basis_kind, transfer.basis_id,
    debit.account_kind AS debit_kind, debit.party_id AS debit_party,
    debit.counterparty_id AS debit_counterparty,
    credit.account_kind AS credit_kind, credit.party_id AS credit_party,
    credit.counterparty_id AS credit_counterparty,
    sum(transfer.amount_minor)::bigint AS amount_minor
FROM unnest(CAST(:basis_ids AS uuid[])) AS asked (basis_id)
JOIN transfer
    ON transfer.area_code = :area_code AND transfer.basis_kind = :basis_kind
    AND transfer.basis_id = asked.basis_id
JOIN ledger ON ledger.area_code = transfer.area_code AND ledger.id = transfer.ledger_id
JOIN ledger_account AS debit
    ON debit.area_code = transfer.area_code AND debit.id = transfer.debit_account_id
JOIN ledger_account AS credit
    ON credit.area_code = transfer.area_code AND credit.id = transfer.credit_account_id
WHERE transfer.state = 'posted'
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
ORDER BY 4, 1, 2, 5, 6, 7, 8, 9, 10
