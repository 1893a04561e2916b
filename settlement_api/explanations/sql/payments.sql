-- Payments by their ids; their payee sees those that three people released.
SELECT payment.area_code, payment.id, payment.payment_batch_id, payment.supplier_id,
    payment.scheme, payment.purpose, payment.payee_name, payment.payee_account_last4,
    payment.amount_minor, payment.returned_minor, payment.item_count, payment.outcome
FROM payment
WHERE payment.area_code = ANY(CAST(:areas AS text[]))
  AND payment.id = ANY(CAST(:ids AS uuid[]))
  AND (payment.is_released OR NOT CAST(:released_only AS boolean))
ORDER BY payment.id
