-- Locks an attempt before it is asked what of it people believe.
SELECT id
FROM payment_attempt
WHERE area_code = :area_code AND id = :attempt_id
FOR NO KEY UPDATE
