-- Which payments may the caller see, newest first? Row security chooses whose they are.
SELECT payment.id, payment.area_code, payment.payment_batch_id, payment.supplier_id, payment.scheme,
    payment.purpose, payment.payee_name, payment.payee_account_last4, payment.amount_minor,
    payment.returned_minor, payment.item_count, payment.outcome
FROM payment
WHERE (NOT CAST(:released_only AS boolean) OR payment.is_released)
  AND (CAST(:batch_id AS uuid) IS NULL OR payment.payment_batch_id = CAST(:batch_id AS uuid))
  AND (CAST(:outcome AS text) IS NULL OR payment.outcome = CAST(:outcome AS text))
  AND (CAST(:after AS uuid) IS NULL OR payment.id < CAST(:after AS uuid))
ORDER BY payment.id DESC
LIMIT :limit
