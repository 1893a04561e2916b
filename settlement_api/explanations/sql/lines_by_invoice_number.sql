-- Invoice and credit note lines by the number people know them by.
SELECT line.area_code,
    CASE line.document_kind WHEN 'credit_note' THEN 'credit_line' ELSE 'invoice_line' END AS kind,
    line.id, count(*) OVER () AS total
FROM supplier
CROSS JOIN LATERAL (
    SELECT own.area_code, own.document_kind, own.id
    FROM invoice_line AS own
    WHERE own.supplier_id = supplier.id
      AND own.invoice_number = :number
      AND own.area_code = ANY(CAST(:areas AS text[]))
      AND own.state <> 'superseded'
      AND own.line_number = coalesce(CAST(:line AS integer), own.line_number)
    OFFSET 0
) AS line
ORDER BY line.id
LIMIT :most
