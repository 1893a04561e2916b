-- How many attempts does each area have that a statement booked a debit of?
SELECT area_code, count(DISTINCT attempt_id)::bigint AS rows
FROM payment_evidence
WHERE meaning = 'booked_debit'
GROUP BY area_code
