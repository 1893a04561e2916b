-- The order lines that receipt, invoice, credit and return lines name by number.
WITH paper AS (
    SELECT id, hospital_id, supplier_id, order_number, order_line_number
    FROM goods_receipt_line
    WHERE area_code = ANY(CAST(:areas AS text[])) AND id = ANY(CAST(:ids AS uuid[]))
    UNION ALL
    SELECT id, hospital_id, supplier_id, order_number, order_line_number
    FROM invoice_line
    WHERE area_code = ANY(CAST(:areas AS text[])) AND id = ANY(CAST(:ids AS uuid[]))
    UNION ALL
    SELECT id, hospital_id, supplier_id, order_number, order_line_number
    FROM return_note_line
    WHERE area_code = ANY(CAST(:areas AS text[])) AND id = ANY(CAST(:ids AS uuid[]))
),
named AS (
    SELECT paper.id AS paper_id, line.id, line.state
    FROM paper
    CROSS JOIN LATERAL (
        SELECT own.id, own.state
        FROM purchase_order_line AS own
        WHERE own.hospital_id = paper.hospital_id
          AND own.order_number = paper.order_number
          AND own.supplier_id = paper.supplier_id
          AND own.line_number = coalesce(paper.order_line_number, own.line_number)
          AND own.state <> 'superseded'
        OFFSET 0
    ) AS line
)
SELECT id, paper_id, count(*) OVER () AS total
FROM named
ORDER BY id, paper_id
LIMIT :most
