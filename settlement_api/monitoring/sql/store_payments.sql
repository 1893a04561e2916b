-- Stores the payments that were never told before, in the order of the call.
INSERT INTO self_payment (area_code, hospital_id, supplier_id, invoice_number, reference)
SELECT :area_code, hospital_id, supplier_id, invoice_number, reference
FROM told_payment
WHERE outcome = 'accepted'
ORDER BY row_no
ON CONFLICT DO NOTHING
