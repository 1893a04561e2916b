-- Staged orders, receipts and invoices that a cancellation or an order change already waits for.
SELECT staged.kind, staged.hospital_id, staged.supplier_id, staged.external_number
FROM staged_document AS staged
JOIN document_cancellation AS cancellation
    ON cancellation.area_code = :area_code
    AND cancellation.hospital_id = staged.hospital_id
    AND cancellation.supplier_id = staged.supplier_id
    AND cancellation.target_kind = staged.kind
    AND cancellation.target_number = staged.external_number
UNION
SELECT staged.kind, staged.hospital_id, staged.supplier_id, staged.external_number
FROM staged_document AS staged
JOIN purchase_order_line AS change
    ON change.area_code = :area_code
    AND change.hospital_id = staged.hospital_id
    AND change.order_number = staged.external_number
    AND change.document_kind = 'order_change'
WHERE staged.kind = 'purchase_order'
