-- Which transfers touched one account, newest posting first, from a cursor on?
WITH account AS (
    SELECT ledger_account.id, ledger_account.ledger_id
    FROM ledger_account
    WHERE ledger_account.area_code = :area_code AND ledger_account.id = :account_id
),
touched AS (
    SELECT account_balance.posting_number
    FROM account
    JOIN account_balance
        ON account_balance.area_code = :area_code AND account_balance.account_id = account.id
    WHERE account_balance.posting_number <= :posting_number
    ORDER BY account_balance.posting_number DESC
    LIMIT :limit
)
SELECT transfer.id, transfer.entry_id, transfer.posting_number, transfer.leg_number,
    transfer.debit_account_id, transfer.credit_account_id, transfer.amount_minor,
    transfer.state, transfer.booking_date, transfer.value_date, transfer.basis_kind, transfer.basis_id,
    transfer.resolves_transfer_id
FROM account
JOIN touched ON true
JOIN transfer
    ON transfer.area_code = :area_code AND transfer.ledger_id = account.ledger_id
    AND transfer.posting_number = touched.posting_number
WHERE account.id IN (transfer.debit_account_id, transfer.credit_account_id)
  AND (transfer.posting_number, transfer.id) < (:posting_number, CAST(:transfer_id AS uuid))
ORDER BY transfer.posting_number DESC, transfer.id DESC
LIMIT :limit
