-- One payment, if the caller may see it.
SELECT payment.id, payment.area_code, payment.payment_batch_id, payment.supplier_id, payment.scheme,
    payment.purpose, payment.payee_name, payment.payee_account_last4, payment.amount_minor,
    payment.returned_minor, payment.item_count, payment.outcome
FROM payment
WHERE (NOT CAST(:released_only AS boolean) OR payment.is_released)
  AND payment.id = :payment_id
