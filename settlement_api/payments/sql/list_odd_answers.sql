-- Which answers of the bank must a person look at, newest first?
SELECT answer.id, answer.submission_id, submission.message_id, submission.payment_batch_id,
    answer.source, answer.finding, answer.http_status, answer.received_at
FROM bank_message AS answer
JOIN submission
    ON submission.area_code = answer.area_code AND submission.id = answer.submission_id
WHERE answer.area_code = :area_code AND answer.finding IS NOT NULL
  AND (CAST(:after AS uuid) IS NULL OR answer.id < :after)
ORDER BY answer.id DESC
LIMIT :limit
