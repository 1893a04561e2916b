-- Locks the attempts that news speaks of, always in the same order.
SELECT attempt.id, attempt.payment_id, attempt.amount_minor, attempt.outcome,
    attempt.returned_minor, attempt.is_final, attempt.posted_paid_minor,
    attempt.posted_returned_minor, attempt.posted_released, attempt.posted_disowned_minor,
    attempt.submission_id
FROM payment_attempt AS attempt
WHERE attempt.area_code = :area_code
  AND attempt.id IN (SELECT payment_news.attempt_id FROM payment_news)
ORDER BY attempt.id
FOR NO KEY UPDATE
