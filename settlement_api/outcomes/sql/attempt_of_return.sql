-- Of what account and amount is the attempt that an entry may be the return of? Locks it.
SELECT attempt.id, attempt.amount_minor, attempt.posted_paid_minor, payment.agency_account_id
FROM payment_attempt AS attempt
JOIN payment ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
WHERE attempt.area_code = :area_code AND attempt.id = :attempt_id
FOR NO KEY UPDATE OF attempt
