-- The payment and the batch that three people decided about.
SELECT
    payment.area_code, payment.id, payment.scheme, payment.amount_minor, payment.item_count,
    payment.payee_account_last4, payment.outcome, payment.returned_minor,
    batch.id AS batch_id, batch.status, encode(batch.content_hash, 'hex') AS content_hash,
    batch.made_by, batch.made_at, batch.approved_by, batch.approved_at, batch.released_by,
    batch.released_at
FROM payment
JOIN payment_batch AS batch
    ON batch.area_code = payment.area_code AND batch.id = payment.payment_batch_id
WHERE payment.id = :payment_id
