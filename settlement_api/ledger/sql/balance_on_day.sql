-- How did an account stand at the end of a day: by the days of booking, and by the days on which its
-- money counted? Asked of the transfers themselves, as running balances go by the instant of posting.
WITH account AS (
    SELECT ledger_account.id, ledger_account.ledger_id
    FROM ledger_account
    WHERE ledger_account.area_code = :area_code AND ledger_account.id = :account_id
),
moved AS (
    SELECT transfer.booking_date, transfer.value_date,
        CASE WHEN transfer.debit_account_id = account.id THEN transfer.amount_minor
            ELSE -transfer.amount_minor END AS net_minor
    FROM account
    JOIN account_balance AS touched
        ON touched.area_code = :area_code AND touched.account_id = account.id
    JOIN transfer
        ON transfer.area_code = :area_code AND transfer.ledger_id = account.ledger_id
        AND transfer.posting_number = touched.posting_number
    WHERE account.id IN (transfer.debit_account_id, transfer.credit_account_id)
      AND transfer.state = 'posted'
)
SELECT account.id AS account_id,
    coalesce(sum(moved.net_minor) FILTER (WHERE moved.booking_date <= :day), 0)::bigint
        AS booked_minor,
    coalesce(sum(moved.net_minor) FILTER (WHERE moved.value_date <= :day), 0)::bigint
        AS valued_minor
FROM account
LEFT JOIN moved ON true
GROUP BY account.id
