-- Caches the latest attempt's outcome on each payment.
WITH latest AS (
    SELECT DISTINCT ON (attempt.payment_id)
        attempt.payment_id, attempt.outcome, attempt.returned_minor
    FROM payment_attempt AS attempt
    JOIN payment_change AS change ON change.payment_id = attempt.payment_id
    WHERE attempt.area_code = :area_code
    ORDER BY attempt.payment_id, attempt.attempt_no DESC
)
UPDATE payment
SET outcome = latest.outcome, returned_minor = latest.returned_minor
FROM latest
WHERE payment.area_code = :area_code AND payment.id = latest.payment_id
