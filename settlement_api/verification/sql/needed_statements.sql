-- How many bank statements does each area have?
SELECT area_code, count(*)::bigint AS rows
FROM bank_statement
GROUP BY area_code
