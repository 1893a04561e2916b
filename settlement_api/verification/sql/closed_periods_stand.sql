-- Was anything posted to a closed period, or one before it, once it was closed?
WITH closing AS (
    SELECT period.area_code, period.period, min(later.closed_at) AS closed_at
    FROM accounting_period AS period
    JOIN accounting_period AS later
        ON later.area_code = period.area_code AND later.state = 'closed'
        AND later.period >= period.period
    GROUP BY period.area_code, period.period
),
judged AS (
    SELECT transfer.area_code, transfer.id, transfer.amount_minor,
        posting.posted_at >= closing.closed_at AS late
    FROM closing
    JOIN transfer
        ON transfer.area_code = closing.area_code AND transfer.period = closing.period
    JOIN ledger_posting AS posting
        ON posting.area_code = transfer.area_code AND posting.ledger_id = transfer.ledger_id
        AND posting.posting_number = transfer.posting_number
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE late)::bigint AS broken,
    sum(amount_minor)::bigint AS figure_minor, min(id::text) FILTER (WHERE late) AS sample
FROM judged
GROUP BY area_code
