-- How many transfers of closed periods, or ones before them, does each area have?
SELECT transfer.area_code, count(*)::bigint AS rows
FROM transfer
WHERE transfer.period <= (
    SELECT max(closed.period) FROM accounting_period AS closed
    WHERE closed.area_code = transfer.area_code AND closed.state = 'closed'
)
GROUP BY transfer.area_code
