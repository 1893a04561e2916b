-- Shares that batches left out, by reason.
SELECT
    reason,
    count(*) AS shares,
    sum(amount_minor)::bigint AS amount_minor
FROM batch_exclusion
GROUP BY reason
ORDER BY reason
