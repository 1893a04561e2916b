-- The receipt lines that return lines name, and the invoice lines that credit lines
-- and lines that raise a price name.
WITH paper AS (
    SELECT back.id AS paper_id, line.id
    FROM return_note_line AS back
    CROSS JOIN LATERAL (
        SELECT own.id
        FROM goods_receipt_line AS own
        WHERE own.hospital_id = back.hospital_id
          AND own.receipt_number = back.receipt_number
          AND own.supplier_id = back.supplier_id
          AND own.state <> 'superseded'
          AND own.line_number = coalesce(back.receipt_line_number, own.line_number)
        OFFSET 0
    ) AS line
    WHERE back.area_code = ANY(CAST(:areas AS text[])) AND back.id = ANY(CAST(:ids AS uuid[]))
    UNION ALL
    SELECT red.id, line.id
    FROM invoice_line AS red
    CROSS JOIN LATERAL (
        SELECT own.id
        FROM invoice_line AS own
        WHERE own.supplier_id = red.supplier_id
          AND own.invoice_number = red.blue_invoice_number
          AND own.hospital_id = red.hospital_id
          AND own.document_kind = 'invoice'
          AND own.state <> 'superseded'
          AND own.line_number = coalesce(red.blue_line_number, own.line_number)
        OFFSET 0
    ) AS line
    WHERE red.area_code = ANY(CAST(:areas AS text[])) AND red.id = ANY(CAST(:ids AS uuid[]))
      AND red.blue_invoice_number IS NOT NULL
)
SELECT id, paper_id, count(*) OVER () AS total
FROM paper
ORDER BY id, paper_id
LIMIT :most
