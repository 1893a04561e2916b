-- How many payables does each area have?
SELECT area_code, count(*)::bigint AS rows
FROM payable
GROUP BY area_code
