-- How much of each payment is for which hospital?
SELECT payment_item.payment_id, payment.scheme, payment_item.hospital_id,
    sum(payment_item.amount_minor)::bigint AS amount_minor
FROM payment_item
JOIN payment
    ON payment.area_code = payment_item.area_code AND payment.id = payment_item.payment_id
WHERE payment_item.area_code = :area_code AND payment_item.payment_id = ANY(:payment_ids)
GROUP BY payment_item.payment_id, payment.scheme, payment_item.hospital_id
ORDER BY payment_item.payment_id, payment_item.hospital_id
