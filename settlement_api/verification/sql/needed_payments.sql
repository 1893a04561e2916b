-- How many payments does each area have?
SELECT area_code, count(*)::bigint AS rows
FROM payment
GROUP BY area_code
