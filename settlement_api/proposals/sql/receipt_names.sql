-- What receipt lines go by, and how their unit converts to the product's smallest one.
SELECT
    line.id, line.receipt_number, line.line_number, line.product_code, line.unit,
    line.unit_factor_known,
    product.name AS product_name, product.smallest_unit, unit.numerator, unit.denominator
FROM goods_receipt_line AS line
LEFT JOIN product ON product.id = line.product_id
LEFT JOIN product_unit AS unit ON unit.product_id = line.product_id AND unit.unit = line.unit
WHERE line.area_code = :area_code AND line.id = ANY(CAST(:ids AS uuid[]))
