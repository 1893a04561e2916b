-- How many closed periods with postings does each area have?
SELECT area_code, count(*)::bigint AS rows
FROM transfer
WHERE period IN (
    SELECT closed.period FROM accounting_period AS closed
    WHERE closed.area_code = transfer.area_code AND closed.state = 'closed'
)
GROUP BY area_code
