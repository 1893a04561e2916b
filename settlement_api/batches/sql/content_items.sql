-- Each item of a batch as the 80 bytes by which it enters the batch's content.
SELECT
    uuid_send(item.payment_id) || uuid_send(item.payable_share_id)
    || uuid_send(item.hospital_id) || uuid_send(item.supplier_id)
    || int8send(item.amount_minor) || int8send(item.recovery_minor)
FROM payment
JOIN payment_item AS item
    ON item.area_code = payment.area_code AND item.payment_id = payment.id
WHERE payment.area_code = :area_code AND payment.payment_batch_id = :batch_id
