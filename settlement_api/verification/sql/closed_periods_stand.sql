-- Was anything posted to a closed period after the instant it was closed?
WITH judged AS (
    SELECT transfer.area_code, transfer.id, transfer.amount_minor,
        posting.posted_at > period.closed_at AS late
    FROM accounting_period AS period
    JOIN transfer
        ON transfer.area_code = period.area_code AND transfer.period = period.period
    JOIN ledger_posting AS posting
        ON posting.area_code = transfer.area_code AND posting.ledger_id = transfer.ledger_id
        AND posting.posting_number = transfer.posting_number
    WHERE period.state = 'closed'
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE late)::bigint AS broken,
    sum(amount_minor)::bigint AS figure_minor, min(id::text) FILTER (WHERE late) AS sample
FROM judged
GROUP BY area_code
