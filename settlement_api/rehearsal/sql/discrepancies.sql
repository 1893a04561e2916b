-- Discrepancies that stand, by effect and reason.
SELECT
    effect,
    reason,
    count(*) AS discrepancies,
    sum(amount_minor)::bigint AS amount_minor
FROM discrepancy
WHERE status <> 'superseded'
GROUP BY effect, reason
ORDER BY effect, reason
