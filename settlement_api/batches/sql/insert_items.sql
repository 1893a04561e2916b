-- The cash part of every taken share, joined to its payment.
INSERT INTO payment_item (
    area_code, payment_id, payable_share_id, hospital_id, supplier_id, amount_minor, recovery_minor
)
SELECT
    :area_code, payment.id, eligible.share_id, eligible.hospital_id, eligible.supplier_id,
    eligible.cash_minor, eligible.recovery_minor
FROM eligible_share AS eligible
JOIN payment
    ON payment.area_code = :area_code
    AND payment.payment_batch_id = :batch_id
    AND payment.payee_account_id = eligible.payee_account_id
WHERE eligible.cash_minor > 0
ORDER BY eligible.rank
