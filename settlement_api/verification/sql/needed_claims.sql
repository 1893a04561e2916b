-- How many claim capacities does each area have?
SELECT area_code, count(*)::bigint AS rows
FROM claim_capacity
GROUP BY area_code
