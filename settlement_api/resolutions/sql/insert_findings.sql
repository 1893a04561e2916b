-- Keeps discrepancies as they are now under a decision; those of another decision are left out.
INSERT INTO resolution_finding (
    area_code, resolution_id, discrepancy_id, hospital_id, supplier_id, component_code,
    order_line_id, receipt_line_id, invoice_line_id, other_line_id, reason, effect,
    quantity_milli, amount_minor, status_after, status
)
SELECT
    area_code, :resolution_id, id, hospital_id, supplier_id, component_code,
    order_line_id, receipt_line_id, invoice_line_id, other_line_id, reason, effect,
    quantity_milli, amount_minor, :status_after, 'proposed'
FROM discrepancy
WHERE area_code = :area_code AND id = ANY(CAST(:ids AS uuid[])) AND status = 'open'
ORDER BY id
ON CONFLICT DO NOTHING
