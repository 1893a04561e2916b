-- What is known about one attempt that people want to decide about? Locks it.
SELECT attempt.id, attempt.payment_id, attempt.outcome, attempt.amount_minor,
    attempt.returned_minor, attempt.decision_state, submission.sent_at,
    ARRAY(
        SELECT evidence.learned_at FROM payment_evidence AS evidence
        WHERE evidence.area_code = attempt.area_code AND evidence.attempt_id = attempt.id
          AND evidence.meaning = 'not_found'
    ) AS not_found_at,
    COALESCE((
        SELECT sum(evidence.amount_minor) FROM payment_evidence AS evidence
        WHERE evidence.area_code = attempt.area_code AND evidence.attempt_id = attempt.id
          AND evidence.meaning IN ('booked_return', 'suspected_return')
    ), 0)::bigint AS claimed_back_minor,
    EXISTS (
        SELECT 1 FROM statement_day
        WHERE statement_day.area_code = attempt.area_code
          AND statement_day.agency_account_id = submission.agency_account_id
          AND statement_day.statement_date
              = (submission.sent_at AT TIME ZONE 'Asia/Shanghai')::date
    ) AS statement_covers_sending
FROM payment_attempt AS attempt
LEFT JOIN submission
    ON submission.area_code = attempt.area_code AND submission.id = attempt.submission_id
WHERE attempt.area_code = :area_code AND attempt.id = :attempt_id
FOR NO KEY UPDATE OF attempt
