-- Payables that are applied for and lie on the invoice line and the line that a decision bound. One
-- that was accepted at a lower amount is taken back all the same: its goods stay where they are.
SELECT payable.id
FROM resolution_link AS made
JOIN payable
  ON payable.area_code = made.area_code
 AND payable.hospital_id = made.hospital_id
 AND payable.supplier_id = made.supplier_id
 AND payable.component_code = made.component_code
 AND payable.status = 'committed'
JOIN invoice_line AS invoice
  ON invoice.area_code = payable.area_code
 AND invoice.id = payable.invoice_line_id
 AND invoice.invoice_number = made.invoice_number
 AND invoice.line_number = made.invoice_line_number
LEFT JOIN purchase_order_line AS ordered
  ON ordered.area_code = payable.area_code AND ordered.id = payable.order_line_id
LEFT JOIN goods_receipt_line AS receipt
  ON receipt.area_code = payable.area_code AND receipt.id = payable.receipt_line_id
WHERE made.area_code = :area_code
  AND made.resolution_id = :resolution_id
  AND (
      (ordered.order_number = made.order_number AND ordered.line_number = made.order_line_number)
      OR (
          receipt.receipt_number = made.receipt_number
          AND receipt.line_number = made.receipt_line_number
      )
  )
ORDER BY payable.id
LIMIT 1
