-- Takes the told payments, in the order of their ids: what other voices say meanwhile waits.
WITH taken AS MATERIALIZED (
    SELECT payment.id
    FROM self_payment AS payment
    JOIN told_payment AS told
        ON told.hospital_id = payment.hospital_id AND told.supplier_id = payment.supplier_id
        AND told.invoice_number = payment.invoice_number AND told.reference = payment.reference
    WHERE payment.area_code = :area_code AND told.outcome = 'accepted'
    ORDER BY payment.id
    FOR NO KEY UPDATE OF payment
)
UPDATE self_payment
SET last_told_at = :at
FROM taken
WHERE self_payment.area_code = :area_code AND self_payment.id = taken.id
