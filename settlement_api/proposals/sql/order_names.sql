-- What order lines go by.
SELECT line.id, line.hospital_id, line.order_number, line.line_number, line.product_code
FROM purchase_order_line AS line
WHERE line.area_code = :area_code AND line.id = ANY(CAST(:ids AS uuid[]))
