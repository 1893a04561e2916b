-- Moves a signed message to sending, once, unless the area's kill switch is thrown or its batch
-- is halted.
UPDATE submission
SET state = 'sending', sent_at = :at, delivered_at = :at, delivery_count = 1,
    next_inquiry_at = :next_inquiry_at
WHERE area_code = :area_code AND id = :submission_id AND state = 'signed'
  AND NOT EXISTS (
      SELECT 1 FROM payment_stop
      WHERE payment_stop.area_code = :area_code AND payment_stop.lifted_at IS NULL
  )
  AND NOT EXISTS (
      SELECT 1 FROM payment_batch AS batch
      WHERE batch.area_code = :area_code AND batch.id = submission.payment_batch_id
        AND batch.halted_at IS NOT NULL
  )
RETURNING id, message_id, message_kind, body_ciphertext, key_id, body_sha256, signature,
    payment_count, control_sum_minor, payment_batch_id
