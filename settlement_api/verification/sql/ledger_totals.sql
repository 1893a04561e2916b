-- Do debits equal credits in every ledger, and do both equal its transfers?
WITH latest AS (
    SELECT DISTINCT ON (balance.area_code, balance.account_id)
        balance.area_code, balance.ledger_id, balance.posted_debit_minor,
        balance.posted_credit_minor, balance.pending_debit_minor, balance.pending_credit_minor
    FROM account_balance AS balance
    ORDER BY balance.area_code, balance.account_id, balance.posting_number DESC
),
summed AS (
    SELECT area_code, ledger_id, sum(posted_debit_minor) AS debit,
        sum(posted_credit_minor) AS credit, sum(pending_debit_minor) AS pending_debit,
        sum(pending_credit_minor) AS pending_credit
    FROM latest
    GROUP BY area_code, ledger_id
),
moved AS (
    SELECT transfer.area_code, transfer.ledger_id, count(*) AS transfers,
        coalesce(sum(transfer.amount_minor) FILTER (WHERE transfer.state = 'posted'), 0)
            AS posted,
        coalesce(sum(transfer.amount_minor) FILTER (
            WHERE transfer.state = 'pending' AND resolution.id IS NULL
        ), 0) AS pending
    FROM transfer
    LEFT JOIN transfer AS resolution
        ON resolution.area_code = transfer.area_code
        AND resolution.resolves_transfer_id = transfer.id
    GROUP BY transfer.area_code, transfer.ledger_id
)
SELECT moved.area_code, sum(moved.transfers)::bigint AS examined,
    count(*) FILTER (
        WHERE summed.debit IS DISTINCT FROM moved.posted
            OR summed.credit IS DISTINCT FROM moved.posted
            OR summed.pending_debit IS DISTINCT FROM moved.pending
            OR summed.pending_credit IS DISTINCT FROM moved.pending
    )::bigint AS broken,
    sum(moved.posted)::bigint AS figure_minor,
    min(moved.ledger_id::text) FILTER (
        WHERE summed.debit IS DISTINCT FROM moved.posted
            OR summed.credit IS DISTINCT FROM moved.posted
    ) AS sample
FROM moved
LEFT JOIN summed
    ON summed.area_code = moved.area_code AND summed.ledger_id = moved.ledger_id
GROUP BY moved.area_code
