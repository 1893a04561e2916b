-- Lays the claims of the invoices and credit notes just stored.
INSERT INTO invoice_claim (
    invoice_key, area_code, document_id, total_minor, amount_minor, is_active
)
SELECT
    staged.external_number, :area_code, staged.id, staged.stated_total_minor,
    staged.stated_total_minor - staged.total_difference_minor, stored.state = 'effective'
FROM staged_document AS staged
JOIN document AS stored
    ON stored.area_code = :area_code
    AND stored.id = staged.id
WHERE staged.stated_total_minor IS NOT NULL
    AND staged.id = ANY(CAST(:document_ids AS uuid[]))
