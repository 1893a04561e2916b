-- Payables that count, by route, kind and status.
SELECT
    route,
    kind,
    status,
    count(*) AS payables,
    sum(amount_minor)::bigint AS amount_minor
FROM payable
WHERE status <> 'superseded'
GROUP BY route, kind, status
ORDER BY route, kind, status
