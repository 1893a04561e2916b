-- The next approved attempts of a batch, in an order that does not hang on our ids; locked.
SELECT attempt.id, attempt.end_to_end_id, attempt.amount_minor, attempt.payment_id,
    payment.payee_name, payment.payee_cnaps_code, payment.payee_account_ciphertext,
    payment.payee_key_id, payment.remittance, payment.agency_account_id,
    payment.amount_minor AS payment_minor
FROM payment_attempt AS attempt
JOIN payment ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
WHERE attempt.area_code = :area_code AND attempt.decision_state = 'approved'
  AND payment.payment_batch_id = :batch_id
ORDER BY payment.payee_name, payment.payee_cnaps_code, payment.payee_account_last4,
    payment.amount_minor, payment.id
LIMIT :limit
FOR NO KEY UPDATE OF attempt
