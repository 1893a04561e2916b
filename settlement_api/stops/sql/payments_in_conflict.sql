-- Which payments of the area have an attempt whose evidence contradicts itself?
SELECT DISTINCT payment_id
FROM payment_attempt
WHERE area_code = :area_code AND outcome = 'conflict'
ORDER BY payment_id
