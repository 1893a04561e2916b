-- What is known about one attempt that people want to decide about? Locks it.
-- Only denials since the message's bytes were last delivered count, and the statement of that day.
SELECT attempt.id, attempt.payment_id, attempt.outcome, attempt.amount_minor,
    attempt.returned_minor, attempt.decision_state, submission.sent_at,
    ARRAY(
        SELECT evidence.learned_at FROM payment_evidence AS evidence
        WHERE evidence.area_code = attempt.area_code AND evidence.attempt_id = attempt.id
          AND evidence.meaning = 'not_found'
          AND evidence.learned_at > delivery.last_at
    ) AS not_found_at,
    EXISTS (
        SELECT 1 FROM payment_evidence AS evidence
        WHERE evidence.area_code = attempt.area_code AND evidence.attempt_id = attempt.id
          AND evidence.meaning IN ('pending', 'duplicate', 'unrecognized')
    ) AS bank_knows_it,
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
              = (delivery.last_at AT TIME ZONE 'Asia/Shanghai')::date
    ) AS statement_covers_sending
FROM payment_attempt AS attempt
LEFT JOIN submission
    ON submission.area_code = attempt.area_code AND submission.id = attempt.submission_id
LEFT JOIN LATERAL (
    SELECT GREATEST(submission.sent_at, max(answer.received_at)) AS last_at
    FROM bank_message AS answer
    WHERE answer.area_code = submission.area_code AND answer.submission_id = submission.id
      AND answer.source = 'synchronous_reply'
) AS delivery ON true
WHERE attempt.area_code = :area_code AND attempt.id = :attempt_id
FOR NO KEY UPDATE OF attempt
