-- Which of these invoice lines name an order line of the hospital that went to another supplier: one
-- that it neither was nor is (the components staged say who is one).
SELECT invoice_line.id
FROM invoice_line
WHERE invoice_line.area_code = :area_code
  AND invoice_line.id = ANY(CAST(:ids AS uuid[]))
  AND EXISTS (
      SELECT
      FROM purchase_order_line AS line
      WHERE line.area_code = :area_code
        AND line.hospital_id = invoice_line.hospital_id
        AND line.order_number = invoice_line.order_number
        AND line.supplier_id <> invoice_line.supplier_id
        AND line.state = 'effective'
        AND NOT EXISTS (
            SELECT
            FROM match_key AS own
            JOIN match_key AS other ON other.pool_no = own.pool_no
            WHERE own.supplier_id = invoice_line.supplier_id
              AND other.supplier_id = line.supplier_id
        )
  )
