-- Payments by scheme and outcome. What we took back before it was sent counts as rejected: once the
-- bank has rejected a payment to an account, the second decides which of the two befalls the next.
WITH ended AS (
    SELECT
        scheme,
        CASE outcome WHEN 'cancelled' THEN 'rejected' ELSE outcome END AS outcome,
        amount_minor,
        returned_minor
    FROM payment
)
SELECT
    scheme,
    outcome,
    count(*) AS payments,
    sum(amount_minor)::bigint AS amount_minor,
    sum(returned_minor)::bigint AS returned_minor
FROM ended
GROUP BY scheme, outcome
ORDER BY scheme, outcome
