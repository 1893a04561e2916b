-- Payments by scheme and outcome.
SELECT
    scheme,
    outcome,
    count(*) AS payments,
    sum(amount_minor)::bigint AS amount_minor,
    sum(returned_minor)::bigint AS returned_minor
FROM payment
GROUP BY scheme, outcome
ORDER BY scheme, outcome
