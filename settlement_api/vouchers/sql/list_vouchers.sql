-- Which vouchers has an owner in a period, from a cursor on? Rows are the caller's own by policy.
SELECT voucher.*
FROM voucher
WHERE (CAST(:area_code AS text) IS NULL OR voucher.area_code = CAST(:area_code AS text))
  AND voucher.side = :side
  AND (CAST(:period AS text) IS NULL OR voucher.period = CAST(:period AS text))
  AND (CAST(:scheme AS text) IS NULL OR voucher.scheme = CAST(:scheme AS text))
  AND (CAST(:hospital_id AS uuid) IS NULL OR voucher.hospital_id = CAST(:hospital_id AS uuid))
  AND (CAST(:supplier_id AS uuid) IS NULL OR voucher.supplier_id = CAST(:supplier_id AS uuid))
  AND (CAST(:after AS uuid) IS NULL OR voucher.id > CAST(:after AS uuid))
ORDER BY voucher.id
LIMIT :limit
