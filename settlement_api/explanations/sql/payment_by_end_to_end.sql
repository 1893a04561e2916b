-- The payment that an attempt of this end-to-end id was made at.
SELECT attempt.payment_id AS id
FROM payment_attempt AS attempt
WHERE attempt.area_code = ANY(CAST(:areas AS text[])) AND attempt.end_to_end_id = :name
