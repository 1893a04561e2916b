-- Invoice and credit note lines by their ids, each with the component it is matched in.
SELECT
    line.area_code, line.id, line.hospital_id, line.supplier_id, line.state AS status,
    document.supplier_alias,
    line.document_kind, line.invoice_number AS number, line.line_number, line.charge_kind,
    line.lot_number,
    line.product_code, line.unit, line.unit_factor_known, line.quantity_milli,
    line.total_minor AS amount_minor, line.net_minor, line.tax_minor, line.price_text,
    line.upstream_invoice_number,
    line.invoice_date,
    CASE
        WHEN line.charge_kind = 'goods' THEN line.product_code
        ELSE 'charge:' || coalesce(line.blue_invoice_number, line.invoice_number)
    END AS component_code
FROM invoice_line AS line
LEFT JOIN document
    ON document.area_code = line.area_code AND document.id = line.document_id
WHERE line.area_code = ANY(CAST(:areas AS text[])) AND line.id = ANY(CAST(:ids AS uuid[]))
ORDER BY line.invoice_date, line.invoice_number COLLATE "C", line.line_number, line.id
