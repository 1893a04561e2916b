-- Suppliers of a batch whose account, as frozen in it, has since been blocked.
SELECT supplier.uscc
FROM payment
JOIN payee_account AS payee ON payee.id = payment.payee_account_id
JOIN supplier ON supplier.id = payment.supplier_id
WHERE payment.area_code = :area_code
  AND payment.payment_batch_id = :batch_id
  AND payee.verification_state IN ('frozen', 'unverified')
ORDER BY supplier.uscc
