-- Receipt, invoice (charges too), credit and return lines that name these order lines by number.
WITH order_line AS (
    SELECT id, hospital_id, supplier_id, product_code, order_number, line_number
    FROM purchase_order_line
    WHERE area_code = ANY(CAST(:areas AS text[])) AND id = ANY(CAST(:ids AS uuid[]))
      AND state <> 'superseded'
),
paper AS (
    SELECT 'receipt_line' AS kind, line.id, order_line.id AS order_line_id
    FROM order_line
    CROSS JOIN LATERAL (
        SELECT own.id
        FROM goods_receipt_line AS own
        WHERE own.hospital_id = order_line.hospital_id
          AND own.supplier_id = order_line.supplier_id
          AND own.product_code = order_line.product_code
          AND own.order_number = order_line.order_number
          AND own.state <> 'superseded'
          AND coalesce(own.order_line_number, order_line.line_number) = order_line.line_number
        OFFSET 0
    ) AS line
    UNION ALL
    SELECT
        CASE line.document_kind WHEN 'credit_note' THEN 'credit_line' ELSE 'invoice_line' END,
        line.id, order_line.id
    FROM order_line
    CROSS JOIN LATERAL (
        SELECT own.id, own.document_kind
        FROM invoice_line AS own
        WHERE own.hospital_id = order_line.hospital_id
          AND own.supplier_id = order_line.supplier_id
          AND own.product_code = order_line.product_code
          AND own.order_number = order_line.order_number
          AND own.state <> 'superseded'
          AND coalesce(own.order_line_number, order_line.line_number) = order_line.line_number
        OFFSET 0
    ) AS line
    UNION ALL
    SELECT
        CASE line.document_kind WHEN 'credit_note' THEN 'credit_line' ELSE 'invoice_line' END,
        line.id, order_line.id
    FROM order_line
    CROSS JOIN LATERAL (
        SELECT own.id, own.document_kind
        FROM invoice_line AS own
        WHERE own.hospital_id = order_line.hospital_id
          AND own.supplier_id = order_line.supplier_id
          AND own.product_code IS NULL
          AND own.order_number = order_line.order_number
          AND own.state <> 'superseded'
          AND coalesce(own.order_line_number, order_line.line_number) = order_line.line_number
        OFFSET 0
    ) AS line
    UNION ALL
    SELECT 'return_line', line.id, order_line.id
    FROM order_line
    CROSS JOIN LATERAL (
        SELECT own.id
        FROM return_note_line AS own
        WHERE own.hospital_id = order_line.hospital_id
          AND own.supplier_id = order_line.supplier_id
          AND own.product_code = order_line.product_code
          AND own.order_number = order_line.order_number
          AND own.state <> 'superseded'
          AND coalesce(own.order_line_number, order_line.line_number) = order_line.line_number
        OFFSET 0
    ) AS line
)
SELECT kind, id, order_line_id, count(*) OVER () AS total
FROM paper
ORDER BY kind, id
LIMIT :most
