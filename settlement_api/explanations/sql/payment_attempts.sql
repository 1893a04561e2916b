-- The attempts at payments, first to last.
SELECT attempt.area_code, attempt.id, attempt.payment_id, attempt.attempt_no,
    attempt.end_to_end_id, attempt.decision_state, attempt.outcome, attempt.amount_minor,
    attempt.returned_minor, submission.message_id, submission.execution_date, submission.sent_at,
    count(*) OVER () AS total
FROM payment_attempt AS attempt
LEFT JOIN submission
  ON submission.area_code = attempt.area_code AND submission.id = attempt.submission_id
WHERE attempt.area_code = ANY(CAST(:areas AS text[]))
  AND attempt.payment_id = ANY(CAST(:ids AS uuid[]))
ORDER BY attempt.payment_id, attempt.attempt_no
LIMIT :most
