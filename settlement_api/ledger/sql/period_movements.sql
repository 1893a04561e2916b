-- What moved on each kind of account in a period, by booking date? A closed one never changes.
WITH sides AS (
    SELECT transfer.ledger_id, transfer.debit_account_id AS account_id,
        transfer.amount_minor AS debit_minor, 0 AS credit_minor
    FROM transfer
    WHERE transfer.area_code = :area_code AND transfer.period = :period
      AND transfer.state = 'posted'
    UNION ALL
    SELECT transfer.ledger_id, transfer.credit_account_id, 0, transfer.amount_minor
    FROM transfer
    WHERE transfer.area_code = :area_code AND transfer.period = :period
      AND transfer.state = 'posted'
)
SELECT ledger.book, ledger.scheme, account.account_kind,
    sum(sides.debit_minor)::bigint AS debit_minor,
    sum(sides.credit_minor)::bigint AS credit_minor
FROM sides
JOIN ledger ON ledger.area_code = :area_code AND ledger.id = sides.ledger_id
JOIN ledger_account AS account
    ON account.area_code = :area_code AND account.id = sides.account_id
GROUP BY ledger.book, ledger.scheme, account.account_kind
ORDER BY ledger.book, ledger.scheme, account.account_kind
