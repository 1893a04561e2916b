-- How many attempts that paid does each area have?
SELECT area_code, count(*)::bigint AS rows
FROM payment_attempt
WHERE posted_paid_minor > 0
GROUP BY area_code
