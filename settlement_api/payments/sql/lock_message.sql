-- Locks the attempts of a message, always in the same order: who decides about one waits.
SELECT id
FROM payment_attempt
WHERE area_code = :area_code AND submission_id = :submission_id
ORDER BY id
FOR NO KEY UPDATE
