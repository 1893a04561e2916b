-- Stops asking about messages none of whose attempts is open any more, and asks of reopened ones.
WITH touched AS (
    SELECT DISTINCT attempt.submission_id
    FROM payment_attempt AS attempt
    JOIN payment_change AS change ON change.attempt_id = attempt.id
    WHERE attempt.area_code = :area_code
),
judged AS (
    SELECT touched.submission_id, EXISTS (
        SELECT 1 FROM payment_attempt AS open
        WHERE open.area_code = :area_code AND open.submission_id = touched.submission_id
          AND NOT open.is_final
    ) AS is_open
    FROM touched
)
UPDATE submission
SET next_inquiry_at = CASE WHEN judged.is_open THEN CAST(:at AS timestamptz) END
FROM judged
WHERE submission.area_code = :area_code AND submission.id = judged.submission_id
  AND submission.state = 'sending' AND (submission.next_inquiry_at IS NOT NULL) <> judged.is_open
