-- Which answers of the bank must a person look at, newest first? Not those after which the bank
-- answered the same question clearly, nor those of messages that are settled.
SELECT answer.id, answer.submission_id, submission.message_id, submission.payment_batch_id,
    answer.source, answer.finding, answer.http_status, answer.received_at
FROM bank_message AS answer
JOIN submission
    ON submission.area_code = answer.area_code AND submission.id = answer.submission_id
WHERE answer.area_code = :area_code AND answer.finding IS NOT NULL
  AND submission.next_inquiry_at IS NOT NULL
  AND NOT EXISTS (
      SELECT 1 FROM bank_message AS later
      WHERE later.area_code = answer.area_code AND later.submission_id = answer.submission_id
        AND later.id > answer.id AND later.read_at IS NOT NULL AND later.finding IS NULL
        AND (later.xsd_valid IS NOT NULL OR later.verdict = 'not_found')
        AND later.asked_end_to_end_id IS NOT DISTINCT FROM answer.asked_end_to_end_id
  )
  AND (CAST(:after AS uuid) IS NULL OR answer.id < :after)
ORDER BY answer.id DESC
LIMIT :limit
