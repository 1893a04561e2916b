-- Stores what this voice says of each accepted payment; gives the payments' ids.
INSERT INTO self_payment_voice (area_code, self_payment_id, hospital_id, supplier_id, voice,
    amount_minor, paid_date, learned_at, told_by)
SELECT :area_code, payment.id, told.hospital_id, told.supplier_id, :voice,
    told.amount_minor, told.paid_date, :at, CAST(:told_by AS uuid)
FROM told_payment AS told
CROSS JOIN LATERAL (
    SELECT known.id
    FROM self_payment AS known
    WHERE known.area_code = :area_code AND known.hospital_id = told.hospital_id
      AND known.supplier_id = told.supplier_id
      AND known.invoice_number = told.invoice_number AND known.reference = told.reference
    LIMIT 1
) AS payment
WHERE told.outcome = 'accepted'
ORDER BY told.row_no
ON CONFLICT DO NOTHING
RETURNING self_payment_id
