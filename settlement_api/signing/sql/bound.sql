-- How many attempts are bound to a message, each for a whole payment of its batch, and what are they
-- in all?
SELECT count(*) AS payment_count, coalesce(sum(attempt.amount_minor), 0)::bigint AS control_sum_minor
FROM payment_attempt AS attempt
JOIN payment ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
WHERE attempt.area_code = :area_code AND attempt.submission_id = :submission_id
  AND attempt.decision_state = 'rendered' AND attempt.amount_minor = payment.amount_minor
  AND payment.payment_batch_id = :batch_id
