-- The attempts at one payment, first to last.
SELECT attempt.id, attempt.attempt_no, attempt.end_to_end_id, attempt.decision_state,
    attempt.outcome, attempt.amount_minor, attempt.returned_minor, submission.sent_at
FROM payment_attempt AS attempt
LEFT JOIN submission
    ON submission.area_code = attempt.area_code AND submission.id = attempt.submission_id
WHERE attempt.payment_id = :payment_id
ORDER BY attempt.attempt_no
