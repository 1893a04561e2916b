-- Keeps the lower amount of an invoice line under a decision; none where one stands already.
INSERT INTO resolution_link (
    area_code, resolution_id, hospital_id, supplier_id, component_code, line_number,
    invoice_number, invoice_line_number, accepted_minor, status
)
SELECT
    area_code, :resolution_id, hospital_id, supplier_id, product_code, 1,
    invoice_number, line_number, :accepted_minor, 'proposed'
FROM invoice_line
WHERE area_code = :area_code AND id = :invoice_line_id
ON CONFLICT DO NOTHING
