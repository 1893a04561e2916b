-- The numbers that lines go by which later revisions have replaced, and the source they are of.
SELECT
    line.id, hashtextextended(line.order_number, 0) AS number, line.line_number,
    coalesce(hashtextextended(document.source_system, 0), 0) AS source
FROM purchase_order_line AS line
LEFT JOIN document ON document.area_code = :area_code AND document.id = line.document_id
WHERE line.area_code = :area_code AND line.id = ANY(CAST(:ids AS uuid[]))
UNION ALL
SELECT
    line.id, hashtextextended(line.receipt_number, 0), line.line_number,
    coalesce(hashtextextended(document.source_system, 0), 0)
FROM goods_receipt_line AS line
LEFT JOIN document ON document.area_code = :area_code AND document.id = line.document_id
WHERE line.area_code = :area_code AND line.id = ANY(CAST(:ids AS uuid[]))
UNION ALL
SELECT id, hashtextextended(invoice_number, 0), line_number, 0
FROM invoice_line WHERE area_code = :area_code AND id = ANY(CAST(:ids AS uuid[]))
