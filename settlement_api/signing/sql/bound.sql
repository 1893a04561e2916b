-- The attempts bound to a message, each for a whole payment of its batch, with the payee as approved.
SELECT attempt.end_to_end_id, attempt.amount_minor, payment.payee_name, payment.payee_cnaps_code,
    payment.payee_account_ciphertext, payment.payee_key_id, payment.payee_account_id,
    payment.payee_account_blind_index
FROM payment_attempt AS attempt
JOIN payment ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
WHERE attempt.area_code = :area_code AND attempt.submission_id = :submission_id
  AND attempt.decision_state = 'rendered' AND attempt.amount_minor = payment.amount_minor
  AND payment.payment_batch_id = :batch_id
ORDER BY attempt.end_to_end_id
