-- Which of these order numbers of the hospital went to another supplier.
SELECT DISTINCT line.order_number
FROM purchase_order_line AS line
WHERE line.area_code = :area_code
  AND line.hospital_id = :hospital_id
  AND line.order_number = ANY(CAST(:numbers AS text[]))
  AND line.supplier_id <> :supplier_id
  AND line.state = 'effective'
