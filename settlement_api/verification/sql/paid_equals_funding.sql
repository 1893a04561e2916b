-- Per scheme: does what is in transit equal what was paid less what the bank debited?
WITH paid AS (
    SELECT payment.area_code, payment.scheme, count(*) AS attempts,
        sum(attempt.posted_paid_minor) AS paid
    FROM payment_attempt AS attempt
    JOIN payment ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
    WHERE attempt.posted_paid_minor > 0
    GROUP BY payment.area_code, payment.scheme
),
debited AS (
    SELECT area_code, scheme, sum(amount_minor) AS debited
    FROM statement_entry
    WHERE entry_class = 'payment'
    GROUP BY area_code, scheme
),
transit AS (
    SELECT ledger.area_code, ledger.scheme,
        balance.posted_credit_minor - balance.posted_debit_minor AS in_transit
    FROM ledger
    JOIN ledger_account AS account
        ON account.area_code = ledger.area_code AND account.ledger_id = ledger.id
        AND account.account_kind = 'in_transit'
    JOIN LATERAL (
        SELECT * FROM account_balance AS row
        WHERE row.area_code = account.area_code AND row.account_id = account.id
        ORDER BY row.posting_number DESC
        LIMIT 1
    ) AS balance ON true
),
compared AS (
    SELECT area_code, scheme, coalesce(paid.attempts, 0) AS attempts,
        coalesce(paid.paid, 0) AS paid,
        coalesce(paid.paid, 0) - coalesce(debited.debited, 0)
            <> coalesce(transit.in_transit, 0) AS wrong
    FROM paid
    FULL JOIN debited USING (area_code, scheme)
    FULL JOIN transit USING (area_code, scheme)
)
SELECT area_code, sum(attempts)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    sum(paid)::bigint AS figure_minor, min(scheme) FILTER (WHERE wrong) AS sample
FROM compared
GROUP BY area_code
