-- Keeps what moved in a month that is being closed, and in earlier ones that nobody closed.
WITH side AS (
    SELECT transfer.period, transfer.ledger_id, leg.account_id, leg.side, transfer.id,
        transfer.state, transfer.booking_date, transfer.value_date, transfer.amount_minor
    FROM transfer
    CROSS JOIN LATERAL (
        VALUES ('debit', transfer.debit_account_id), ('credit', transfer.credit_account_id)
    ) AS leg (side, account_id)
    WHERE transfer.area_code = :area_code
      AND transfer.period <= :period
      AND transfer.period > coalesce((
          SELECT max(earlier.period) FROM accounting_period AS earlier
          WHERE earlier.area_code = :area_code AND earlier.state = 'closed'
            AND earlier.period < :period
      ), '')
)
INSERT INTO period_movement (
    area_code, period, ledger_id, account_kind, debit_minor, credit_minor, digest
)
SELECT :area_code, side.period, side.ledger_id, account.account_kind,
    coalesce(sum(side.amount_minor) FILTER (
        WHERE side.side = 'debit' AND side.state = 'posted'
    ), 0)::bigint,
    coalesce(sum(side.amount_minor) FILTER (
        WHERE side.side = 'credit' AND side.state = 'posted'
    ), 0)::bigint,
    sha256(string_agg(
        convert_to(concat_ws(
            ' ', side.id, side.account_id, side.side, side.state, side.booking_date,
            side.value_date, side.amount_minor
        ), 'UTF8'),
        '\x0a' ORDER BY side.id, side.side
    ))
FROM side
JOIN ledger_account AS account
    ON account.area_code = :area_code AND account.id = side.account_id
GROUP BY side.period, side.ledger_id, account.account_kind
