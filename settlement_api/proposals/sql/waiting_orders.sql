-- Orders of the supplier with accepted goods that wait for an invoice, one page in order.
SELECT line.area_code, line.hospital_id, line.order_number
FROM discrepancy AS found
JOIN purchase_order_line AS line
  ON line.area_code = found.area_code AND line.id = found.order_line_id
WHERE found.supplier_id = :supplier_id
  AND found.reason = 'not_invoiced'
  AND found.status <> 'superseded'
  AND found.receipt_line_id IS NOT NULL
  AND (CAST(:hospital_id AS uuid) IS NULL OR line.hospital_id = :hospital_id)
  AND (CAST(:order_number AS text) IS NULL OR line.order_number = :order_number)
  AND (
      CAST(:after_hospital AS uuid) IS NULL
      OR (line.hospital_id, line.order_number COLLATE "C") > (:after_hospital, :after_order)
  )
GROUP BY line.area_code, line.hospital_id, line.order_number
ORDER BY line.hospital_id, line.order_number COLLATE "C"
LIMIT :limit
