-- How many payment batches does each area have?
SELECT area_code, count(*)::bigint AS rows
FROM payment_batch
GROUP BY area_code
