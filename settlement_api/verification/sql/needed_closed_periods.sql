-- How many transfers of closed periods, or ones before them, does each area have?
WITH closed AS (
    SELECT area_code, max(period) AS period
    FROM accounting_period
    WHERE state = 'closed'
    GROUP BY area_code
)
SELECT transfer.area_code, count(*)::bigint AS rows
FROM closed
JOIN transfer ON transfer.area_code = closed.area_code AND transfer.period <= closed.period
GROUP BY transfer.area_code
