-- Which of these attempts were sent from this agency account? Locks them, always in the same order.
SELECT attempt.id, attempt.amount_minor
FROM payment_attempt AS attempt
JOIN payment ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
WHERE attempt.area_code = :area_code AND attempt.id = ANY(CAST(:attempt_ids AS uuid[]))
  AND attempt.decision_state = 'sending'
  AND payment.agency_account_id = CAST(:agency_account_id AS uuid)
ORDER BY attempt.id
FOR NO KEY UPDATE OF attempt
