-- How many accepted application lines does each area have?
SELECT area_code, count(*)::bigint AS rows
FROM application_line
WHERE status = 'accepted'
GROUP BY area_code
