-- Which payment waits for a new attempt because this one, its latest, was not sent? Locks it.
SELECT payment.id
FROM payment_attempt AS attempt
JOIN payment ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
WHERE attempt.area_code = :area_code AND attempt.id = :attempt_id
  AND attempt.outcome = 'not_sent'
  AND NOT EXISTS (
      SELECT 1 FROM payment_attempt AS later
      WHERE later.area_code = attempt.area_code AND later.payment_id = attempt.payment_id
        AND later.attempt_no > attempt.attempt_no
  )
FOR NO KEY UPDATE OF payment
