-- Locks an attempt before it is looked at: what others committed while this waited is then seen, a
-- delivery of its message above all.
SELECT id
FROM payment_attempt
WHERE area_code = :area_code AND id = :attempt_id
FOR NO KEY UPDATE
