-- Order lines by their ids.
SELECT
    line.area_code, line.id, line.hospital_id, line.supplier_id, line.state AS status,
    document.supplier_alias,
    line.order_number AS number, line.line_number, line.product_code, line.unit,
    line.unit_factor_known, line.document_kind, line.contract_code, line.manufacturer,
    line.quantity_milli, line.amount_minor, line.price_micro, line.price_pack_size,
    line.order_date, line.required_date
FROM purchase_order_line AS line
LEFT JOIN document
    ON document.area_code = line.area_code AND document.id = line.document_id
WHERE line.area_code = ANY(CAST(:areas AS text[])) AND line.id = ANY(CAST(:ids AS uuid[]))
ORDER BY line.order_number COLLATE "C", line.line_number, line.id
