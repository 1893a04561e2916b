-- Goods receipt lines by their ids.
SELECT
    line.area_code, line.id, line.hospital_id, line.supplier_id, line.state AS status,
    document.supplier_alias,
    line.receipt_number AS number, line.line_number, line.product_code, line.unit,
    line.unit_factor_known, line.accepted_milli AS quantity_milli, line.rejected_milli,
    line.lot_number, line.expiry_date, line.receipt_date, line.accepted_date,
    line.recorded_date
FROM goods_receipt_line AS line
LEFT JOIN document
    ON document.area_code = line.area_code AND document.id = line.document_id
WHERE line.area_code = ANY(CAST(:areas AS text[])) AND line.id = ANY(CAST(:ids AS uuid[]))
ORDER BY line.receipt_date, line.receipt_number COLLATE "C", line.line_number, line.id
