-- Keeps the parts of an invoice line under a decision; those that stand already are left out.
INSERT INTO resolution_link (
    area_code, resolution_id, hospital_id, supplier_id, component_code, line_number,
    invoice_number, invoice_line_number, order_number, order_line_number, receipt_number,
    receipt_line_number, quantity_milli, status
)
SELECT
    line.area_code, :resolution_id, line.hospital_id, line.supplier_id, line.product_code,
    part.line_number, line.invoice_number, line.line_number, part.order_number,
    part.order_line_number, part.receipt_number, part.receipt_line_number, part.quantity_milli,
    'proposed'
FROM invoice_line AS line
CROSS JOIN unnest(
    CAST(:order_numbers AS text[]), CAST(:order_lines AS integer[]),
    CAST(:receipt_numbers AS text[]), CAST(:receipt_lines AS integer[]),
    CAST(:quantities AS bigint[])
) WITH ORDINALITY AS part (
    order_number, order_line_number, receipt_number, receipt_line_number, quantity_milli,
    line_number
)
WHERE line.area_code = :area_code AND line.id = :invoice_line_id
ON CONFLICT DO NOTHING
