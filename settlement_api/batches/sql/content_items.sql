-- The items of a batch as the bytes that its content names by their SHA-256.
SELECT string_agg(
    uuid_send(item.payment_id) || uuid_send(item.payable_share_id)
    || uuid_send(item.hospital_id) || uuid_send(item.supplier_id)
    || int8send(item.amount_minor) || int8send(item.recovery_minor),
    ''
    ORDER BY
        uuid_send(item.payment_id) || uuid_send(item.payable_share_id)
        || uuid_send(item.hospital_id) || uuid_send(item.supplier_id)
        || int8send(item.amount_minor) || int8send(item.recovery_minor)
) AS items
FROM payment
JOIN payment_item AS item
    ON item.area_code = payment.area_code AND item.payment_id = payment.id
WHERE payment.area_code = :area_code AND payment.payment_batch_id = :batch_id
