-- Stores what this voice says of each accepted payment; gives the payments' ids.
INSERT INTO self_payment_voice (area_code, self_payment_id, hospital_id, supplier_id, voice,
    amount_minor, paid_date, learned_at, told_by)
SELECT :area_code, payment.id, payment.hospital_id, payment.supplier_id, :voice,
    told.amount_minor, told.paid_date, :at, CAST(:told_by AS uuid)
FROM told_payment AS told
JOIN self_payment AS payment
    ON payment.area_code = :area_code AND payment.hospital_id = told.hospital_id
    AND payment.supplier_id = told.supplier_id
    AND payment.invoice_number = told.invoice_number AND payment.reference = told.reference
WHERE told.outcome = 'accepted'
ORDER BY told.row_no
ON CONFLICT DO NOTHING
RETURNING self_payment_id
