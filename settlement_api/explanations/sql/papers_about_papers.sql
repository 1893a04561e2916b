-- Returns that name these receipt lines, and credit notes and invoices that name these invoice lines.
WITH receipt AS (
    SELECT id, hospital_id, supplier_id, product_code, receipt_number, line_number
    FROM goods_receipt_line
    WHERE area_code = ANY(CAST(:areas AS text[])) AND id = ANY(CAST(:ids AS uuid[]))
),
invoice AS (
    SELECT id, hospital_id, supplier_id, product_code, invoice_number, line_number
    FROM invoice_line
    WHERE area_code = ANY(CAST(:areas AS text[])) AND id = ANY(CAST(:ids AS uuid[]))
      AND document_kind = 'invoice'
),
paper AS (
    SELECT 'return_line' AS kind, line.id, receipt.id AS about_id
    FROM receipt
    CROSS JOIN LATERAL (
        SELECT own.id
        FROM return_note_line AS own
        WHERE own.hospital_id = receipt.hospital_id
          AND own.supplier_id = receipt.supplier_id
          AND own.product_code = receipt.product_code
          AND own.receipt_number = receipt.receipt_number
          AND own.state <> 'superseded'
          AND coalesce(own.receipt_line_number, receipt.line_number) = receipt.line_number
        OFFSET 0
    ) AS line
    UNION ALL
    SELECT
        CASE line.document_kind WHEN 'invoice' THEN 'invoice_line' ELSE 'credit_line' END,
        line.id, invoice.id
    FROM invoice
    CROSS JOIN LATERAL (
        SELECT own.id, own.document_kind
        FROM invoice_line AS own
        WHERE own.hospital_id = invoice.hospital_id
          AND own.supplier_id = invoice.supplier_id
          AND own.product_code = invoice.product_code
          AND own.blue_invoice_number = invoice.invoice_number
          AND own.state <> 'superseded'
          AND coalesce(own.blue_line_number, invoice.line_number) = invoice.line_number
        OFFSET 0
    ) AS line
    UNION ALL
    SELECT 'credit_line', line.id, invoice.id
    FROM invoice
    CROSS JOIN LATERAL (
        SELECT own.id
        FROM invoice_line AS own
        WHERE own.hospital_id = invoice.hospital_id
          AND own.supplier_id = invoice.supplier_id
          AND own.product_code IS NULL
          AND own.document_kind = 'credit_note'
          AND own.blue_invoice_number = invoice.invoice_number
          AND own.state <> 'superseded'
          AND coalesce(own.blue_line_number, invoice.line_number) = invoice.line_number
        OFFSET 0
    ) AS line
    WHERE invoice.product_code IS NULL
)
SELECT kind, id, about_id, count(*) OVER () AS total
FROM paper
ORDER BY kind, id
LIMIT :most
