-- Writes down that the same bytes go out again: once, unless the kill switch is thrown, the batch is
-- halted, or people have decided that one of the message's payments was not sent: a new attempt
-- carries that one.
UPDATE submission
SET delivered_at = :at, delivery_count = 2
WHERE area_code = :area_code AND id = :submission_id
  AND state = 'sending' AND delivery_count = 1
  AND NOT EXISTS (
      SELECT 1 FROM payment_stop
      WHERE payment_stop.area_code = :area_code AND payment_stop.lifted_at IS NULL
  )
  AND NOT EXISTS (
      SELECT 1 FROM payment_batch AS batch
      WHERE batch.area_code = :area_code AND batch.id = submission.payment_batch_id
        AND batch.halted_at IS NOT NULL
  )
  AND NOT EXISTS (
      SELECT 1 FROM payment_attempt AS attempt
      WHERE attempt.area_code = :area_code AND attempt.submission_id = :submission_id
        AND attempt.outcome = 'not_sent'
  )
