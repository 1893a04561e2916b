-- What did the ledger book on an agency's bank account, by day, and how much of it as its opening?
SELECT transfer.booking_date AS day,
    coalesce(sum(transfer.amount_minor)
        FILTER (WHERE transfer.debit_account_id = account.id), 0)::bigint AS debit_minor,
    coalesce(sum(transfer.amount_minor)
        FILTER (WHERE transfer.credit_account_id = account.id), 0)::bigint AS credit_minor,
    coalesce(sum(CASE WHEN transfer.debit_account_id = account.id THEN transfer.amount_minor
        ELSE -transfer.amount_minor END)
        FILTER (WHERE transfer.basis_kind = 'bank_statement'), 0)::bigint AS opening_minor
FROM ledger_account AS account
JOIN transfer
    ON transfer.area_code = account.area_code AND transfer.ledger_id = account.ledger_id
    AND account.id IN (transfer.debit_account_id, transfer.credit_account_id)
    AND transfer.state = 'posted'
WHERE account.area_code = :area_code AND account.account_kind = 'bank'
  AND account.party_id = CAST(:agency_account_id AS uuid)
GROUP BY transfer.booking_date
