-- How many statement entries does each area have?
SELECT area_code, count(*)::bigint AS rows
FROM statement_entry
GROUP BY area_code
