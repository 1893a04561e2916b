-- The attempts at the payment, first to last.
SELECT
    attempt.id, attempt.attempt_no, attempt.end_to_end_id, attempt.amount_minor,
    attempt.decision_state, attempt.outcome, attempt.returned_minor, attempt.posted_paid_minor,
    attempt.posted_returned_minor, attempt.posted_disowned_minor, attempt.submission_id,
    submission.message_id
FROM payment_attempt AS attempt
LEFT JOIN submission
    ON submission.area_code = attempt.area_code AND submission.id = attempt.submission_id
WHERE attempt.area_code = :area_code AND attempt.payment_id = :payment_id
ORDER BY attempt.attempt_no
