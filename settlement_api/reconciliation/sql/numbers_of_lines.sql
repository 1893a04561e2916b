-- The numbers that lines go by which later revisions have replaced.
SELECT id, hashtextextended(order_number, 0) AS number, line_number
FROM purchase_order_line WHERE area_code = :area_code AND id = ANY(CAST(:ids AS uuid[]))
UNION ALL
SELECT id, hashtextextended(receipt_number, 0), line_number
FROM goods_receipt_line WHERE area_code = :area_code AND id = ANY(CAST(:ids AS uuid[]))
UNION ALL
SELECT id, hashtextextended(invoice_number, 0), line_number
FROM invoice_line WHERE area_code = :area_code AND id = ANY(CAST(:ids AS uuid[]))
