-- What is known about one attempt, locked before, that people want to decide about?
-- Only denials since the message's bytes were last delivered count, and the statement of that day
-- or of the later day on which the bank was asked to pay.
SELECT attempt.id, attempt.payment_id, attempt.outcome, attempt.amount_minor,
    attempt.posted_paid_minor > 0 OR attempt.posted_released AS is_booked,
    submission.sent_at,
    EXISTS (
        SELECT 1 FROM payment_attempt AS later
        WHERE later.area_code = attempt.area_code AND later.payment_id = attempt.payment_id
          AND later.attempt_no > attempt.attempt_no
    ) AS has_later,
    ARRAY(
        SELECT evidence.id FROM payment_evidence AS evidence
        JOIN suspense_case
            ON suspense_case.area_code = evidence.area_code
            AND suspense_case.statement_entry_id = evidence.statement_entry_id
        WHERE evidence.area_code = attempt.area_code AND evidence.attempt_id = attempt.id
          AND suspense_case.status = 'resolved' AND suspense_case.resolution <> 'payment_return'
    ) AS gone_otherwise,
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
    EXISTS (
        SELECT 1 FROM statement_day
        WHERE statement_day.area_code = attempt.area_code
          AND statement_day.agency_account_id = submission.agency_account_id
          AND statement_day.statement_date
              = GREATEST(
                  (delivery.last_at AT TIME ZONE 'Asia/Shanghai')::date, submission.execution_date
              )
    ) AS statement_covers_sending
FROM payment_attempt AS attempt
LEFT JOIN submission
    ON submission.area_code = attempt.area_code AND submission.id = attempt.submission_id
LEFT JOIN LATERAL (
    SELECT GREATEST(submission.delivered_at, max(answer.received_at)) AS last_at
    FROM bank_message AS answer
    WHERE answer.area_code = submission.area_code AND answer.submission_id = submission.id
      AND answer.source = 'synchronous_reply'
) AS delivery ON true
WHERE attempt.area_code = :area_code AND attempt.id = :attempt_id
