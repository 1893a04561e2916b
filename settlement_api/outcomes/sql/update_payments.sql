-- Caches on each payment what matters most of its attempts: a conflict, the one that pays, the latest.
WITH telling AS (
    SELECT DISTINCT ON (attempt.payment_id)
        attempt.payment_id, attempt.outcome, attempt.returned_minor
    FROM payment_attempt AS attempt
    WHERE attempt.area_code = :area_code
      AND attempt.payment_id IN (SELECT change.payment_id FROM payment_change AS change)
    ORDER BY attempt.payment_id, attempt.outcome = 'conflict' DESC,
        attempt.posted_paid_minor > attempt.posted_returned_minor DESC, attempt.attempt_no DESC
)
UPDATE payment
SET outcome = telling.outcome, returned_minor = telling.returned_minor
FROM telling
WHERE payment.area_code = :area_code AND payment.id = telling.payment_id
