-- Stops asking about messages none of whose attempts is open any more.
UPDATE submission
SET next_inquiry_at = NULL
WHERE area_code = :area_code AND next_inquiry_at IS NOT NULL
  AND id IN (
      SELECT attempt.submission_id FROM payment_attempt AS attempt
      JOIN payment_change AS change ON change.attempt_id = attempt.id
      WHERE attempt.area_code = :area_code
  )
  AND NOT EXISTS (
      SELECT 1 FROM payment_attempt AS open
      WHERE open.area_code = submission.area_code AND open.submission_id = submission.id
        AND NOT open.is_final
  )
