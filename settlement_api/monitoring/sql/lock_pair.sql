-- Locks a hospital's own payments to a supplier: what others say of them meanwhile waits.
SELECT id
FROM self_payment
WHERE area_code = :area_code AND hospital_id = :hospital_id AND supplier_id = :supplier_id
ORDER BY id
FOR NO KEY UPDATE
