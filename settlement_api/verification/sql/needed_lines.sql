-- How many application lines does each area have?
SELECT area_code, count(*)::bigint AS rows
FROM application_line
GROUP BY area_code
