-- Order lines by the number people know them by: of one hospital, or of any the reader sees.
SELECT line.area_code, 'order_line' AS kind, line.id, count(*) OVER () AS total
FROM hospital
CROSS JOIN LATERAL (
    SELECT own.area_code, own.id
    FROM purchase_order_line AS own
    WHERE own.hospital_id = hospital.id
      AND own.order_number = :number
      AND own.state <> 'superseded'
      AND own.line_number = coalesce(CAST(:line AS integer), own.line_number)
    OFFSET 0
) AS line
WHERE hospital.area_code = ANY(CAST(:areas AS text[]))
  AND (CAST(:hospital_code AS text) IS NULL OR hospital.hospital_code = CAST(:hospital_code AS text))
ORDER BY line.id
LIMIT :most
