-- Which payments from an agency account can entries be that name none of them alone?
-- Those that the entries name, those of messages that they name, and those of the days around.
SELECT attempt.end_to_end_id, attempt.amount_minor, submission.message_id,
    submission.execution_date,
    attempt.outcome IN ('rejected', 'cancelled', 'not_sent') AS is_refused,
    -- Debits that people do not believe are none: how much of them was booked stands on the attempt.
    coalesce((
        SELECT sum(evidence.amount_minor) FROM payment_evidence AS evidence
        WHERE evidence.area_code = attempt.area_code AND evidence.attempt_id = attempt.id
          AND evidence.meaning = 'booked_debit'
    ), 0) > attempt.posted_disowned_minor AS is_debited
FROM submission
JOIN payment_attempt AS attempt
    ON attempt.area_code = submission.area_code AND attempt.submission_id = submission.id
JOIN payment
    ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
    AND payment.agency_account_id = submission.agency_account_id
WHERE submission.area_code = :area_code
  AND submission.agency_account_id = CAST(:agency_account_id AS uuid)
  AND submission.state = 'sending'
  AND (
      submission.execution_date BETWEEN :from_date AND :to_date
      OR submission.message_id = ANY(CAST(:named AS text[]))
      OR attempt.end_to_end_id = ANY(CAST(:named AS text[]))
  )
ORDER BY attempt.end_to_end_id
