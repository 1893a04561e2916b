-- What the given corrections (just stored, or just superseded) are about.
SELECT target_kind AS kind, hospital_id, supplier_id, target_number AS external_number
FROM document_cancellation
WHERE area_code = :area_code
    AND document_id = ANY(CAST(:document_ids AS uuid[]))
UNION
SELECT 'purchase_order', hospital_id, supplier_id, order_number
FROM purchase_order_line
WHERE area_code = :area_code
    AND document_id = ANY(CAST(:document_ids AS uuid[]))
    AND document_kind = 'order_change'
