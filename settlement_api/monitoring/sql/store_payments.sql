-- Stores the payments that were never told before, in an order that all callers share: two that
-- tell the same ones wait for each other instead of around each other.
INSERT INTO self_payment (area_code, hospital_id, supplier_id, invoice_number, reference,
    last_told_at)
SELECT :area_code, hospital_id, supplier_id, invoice_number, reference, :at
FROM told_payment
WHERE outcome = 'accepted'
ORDER BY hospital_id, supplier_id, invoice_number, reference
ON CONFLICT DO NOTHING
