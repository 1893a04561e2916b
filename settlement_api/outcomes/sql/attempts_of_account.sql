-- Which of these attempts pay from this agency account?
SELECT attempt.id
FROM payment_attempt AS attempt
JOIN payment
    ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
WHERE attempt.area_code = :area_code
  AND attempt.id = ANY(CAST(:attempt_ids AS uuid[]))
  AND payment.agency_account_id = CAST(:agency_account_id AS uuid)
