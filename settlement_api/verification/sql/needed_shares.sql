-- How many payable shares does each area have?
SELECT area_code, count(*)::bigint AS rows
FROM payable_share
GROUP BY area_code
