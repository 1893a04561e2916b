-- What do a batch's booked debits, less what came back, amount to per hospital now?
-- Parts of a return are split over items as the outcome split them: rounded cumulatives by item.
WITH moved AS (
    SELECT item.hospital_id, payment.scheme, payment.claim_month, item.amount_minor,
        item.recovery_minor, attempt.amount_minor AS whole, attempt.posted_returned_minor AS back,
        sum(item.amount_minor) OVER (PARTITION BY attempt.id ORDER BY item.id) AS upto
    FROM payment
    JOIN payment_attempt AS attempt
        ON attempt.area_code = payment.area_code AND attempt.payment_id = payment.id
    JOIN payment_item AS item
        ON item.area_code = payment.area_code AND item.payment_id = payment.id
    WHERE payment.area_code = :area_code AND payment.payment_batch_id = :batch_id
      AND attempt.posted_paid_minor > 0
),
returned AS MATERIALIZED (
    SELECT moved.*,
        CASE
            WHEN back = 0 THEN 0
            ELSE div(2 * back * upto + whole, 2 * whole)
                - div(2 * back * (upto - amount_minor) + whole, 2 * whole)
        END AS item_back
    FROM moved
),
standing AS MATERIALIZED (
    SELECT hospital_id, scheme, claim_month, amount_minor - item_back AS paid,
        recovery_minor - CASE
            WHEN item_back = 0 THEN 0
            ELSE div(2 * recovery_minor * item_back + amount_minor, 2 * amount_minor)
        END AS recovered
    FROM returned
)
SELECT hospital_id, scheme, claim_month AS month,
    sum(recovered)::bigint AS recovered_minor,
    sum(paid - recovered)::bigint AS shortfall_minor
FROM standing
GROUP BY hospital_id, scheme, claim_month
ORDER BY hospital_id, scheme, claim_month
