-- Does every closed month, and each before it, still add up to what was kept when it was closed?
WITH closed AS (
    SELECT area_code, max(period) AS period
    FROM accounting_period
    WHERE state = 'closed'
    GROUP BY area_code
),
side AS (
    SELECT transfer.area_code, transfer.period, transfer.ledger_id, leg.account_id, leg.side,
        transfer.id, transfer.state, transfer.booking_date, transfer.value_date,
        transfer.amount_minor
    FROM closed
    JOIN transfer
        ON transfer.area_code = closed.area_code AND transfer.period <= closed.period
    CROSS JOIN LATERAL (
        VALUES ('debit', transfer.debit_account_id), ('credit', transfer.credit_account_id)
    ) AS leg (side, account_id)
),
now_moved AS (
    SELECT side.area_code, side.period, side.ledger_id, account.account_kind,
        count(*) AS transfers,
        coalesce(sum(side.amount_minor) FILTER (
            WHERE side.side = 'debit' AND side.state = 'posted'
        ), 0)::bigint AS debit_minor,
        coalesce(sum(side.amount_minor) FILTER (
            WHERE side.side = 'credit' AND side.state = 'posted'
        ), 0)::bigint AS credit_minor,
        sha256(string_agg(
            convert_to(concat_ws(
                ' ', side.id, side.account_id, side.side, side.state, side.booking_date,
                side.value_date, side.amount_minor
            ), 'UTF8'),
            '\x0a' ORDER BY side.id, side.side
        )) AS digest
    FROM side
    JOIN ledger_account AS account
        ON account.area_code = side.area_code AND account.id = side.account_id
    GROUP BY side.area_code, side.period, side.ledger_id, account.account_kind
),
judged AS (
    SELECT area_code, period, account_kind, coalesce(now_moved.transfers, 0) AS transfers,
        coalesce(now_moved.debit_minor, 0) AS debit_minor,
        (now_moved.debit_minor, now_moved.credit_minor, now_moved.digest)
            IS DISTINCT FROM (kept.debit_minor, kept.credit_minor, kept.digest) AS changed
    FROM now_moved
    FULL JOIN period_movement AS kept USING (area_code, period, ledger_id, account_kind)
)
SELECT area_code, sum(transfers)::bigint AS examined,
    count(*) FILTER (WHERE changed)::bigint AS broken,
    sum(debit_minor)::bigint AS figure_minor,
    min(period || ' ' || account_kind) FILTER (WHERE changed) AS sample
FROM judged
GROUP BY area_code
