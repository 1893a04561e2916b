-- How many transfers does each area have?
SELECT area_code, count(*)::bigint AS rows
FROM transfer
GROUP BY area_code
