-- The papers of these lines and where their bytes lie in what was handed in.
WITH line (id, document_id) AS (
    SELECT id, document_id FROM purchase_order_line
    WHERE area_code = :area_code AND id = ANY(CAST(:ids AS uuid[]))
    UNION ALL
    SELECT id, document_id FROM goods_receipt_line
    WHERE area_code = :area_code AND id = ANY(CAST(:ids AS uuid[]))
    UNION ALL
    SELECT id, document_id FROM invoice_line
    WHERE area_code = :area_code AND id = ANY(CAST(:ids AS uuid[]))
)
SELECT
    document.id, document.kind, document.issuer_code, document.external_number,
    document.revision, encode(document.content_sha256, 'hex') AS content_sha256,
    document.intake_id, document.raw_position, document.raw_length,
    array_agg(line.id ORDER BY line.id) AS line_ids
FROM line
JOIN document ON document.area_code = :area_code AND document.id = line.document_id
GROUP BY document.area_code, document.id
ORDER BY document.id
