-- Do the payments and their items still add up to what was frozen? Locks the batch.
WITH batch AS (
    SELECT id, status, payment_count, control_sum_minor, scheme
    FROM payment_batch
    WHERE area_code = :area_code AND id = :batch_id
    FOR NO KEY UPDATE
)
SELECT
    batch.status, batch.payment_count, batch.control_sum_minor, batch.scheme,
    count(payment.id) AS found_count,
    COALESCE(sum(payment.amount_minor), 0)::bigint AS found_sum,
    COALESCE(sum(item.amount_minor), 0)::bigint AS item_sum
FROM batch
LEFT JOIN payment
    ON payment.area_code = :area_code AND payment.payment_batch_id = batch.id
LEFT JOIN LATERAL (
    SELECT sum(payment_item.amount_minor)::bigint AS amount_minor
    FROM payment_item
    WHERE payment_item.area_code = :area_code AND payment_item.payment_id = payment.id
) AS item ON true
GROUP BY batch.status, batch.payment_count, batch.control_sum_minor, batch.scheme
