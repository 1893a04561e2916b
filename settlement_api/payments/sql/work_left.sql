-- What is there to go on with in this area: batches to sign, messages to send and to
-- read, payments to try again because their latest attempt was not sent?
SELECT 'prepare' AS step, batch.id
FROM payment_batch AS batch
WHERE batch.area_code = :area_code AND batch.status = 'released' AND batch.halted_at IS NULL
  AND EXISTS (
      SELECT 1 FROM payment
      WHERE payment.area_code = batch.area_code AND payment.payment_batch_id = batch.id
        AND NOT EXISTS (
            SELECT 1 FROM payment_attempt
            WHERE payment_attempt.area_code = payment.area_code
              AND payment_attempt.payment_id = payment.id
        )
  )
UNION ALL
SELECT DISTINCT 'sign', payment.payment_batch_id
FROM payment_attempt
JOIN payment
    ON payment.area_code = payment_attempt.area_code
    AND payment.id = payment_attempt.payment_id
JOIN payment_batch AS batch
    ON batch.area_code = payment.area_code AND batch.id = payment.payment_batch_id
    AND batch.halted_at IS NULL
WHERE payment_attempt.area_code = :area_code AND payment_attempt.decision_state = 'approved'
UNION ALL
SELECT 'send', submission.id
FROM submission
JOIN payment_batch AS batch
    ON batch.area_code = submission.area_code AND batch.id = submission.payment_batch_id
    AND batch.halted_at IS NULL
WHERE submission.area_code = :area_code AND submission.state = 'signed'
UNION ALL
SELECT 'read', bank_message.id
FROM bank_message
WHERE bank_message.area_code = :area_code AND bank_message.read_at IS NULL
UNION ALL
SELECT 'renew', attempt.id
FROM payment_attempt AS attempt
WHERE attempt.area_code = :area_code AND attempt.outcome = 'not_sent'
  AND NOT EXISTS (
      SELECT 1 FROM payment_attempt AS later
      WHERE later.area_code = attempt.area_code AND later.payment_id = attempt.payment_id
        AND later.attempt_no > attempt.attempt_no
  )
ORDER BY 1, 2
