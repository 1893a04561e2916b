-- Every row an order line ever had: what was committed earlier names the row of its time.
SELECT other.id
FROM purchase_order_line AS line
CROSS JOIN LATERAL (
    SELECT own.id
    FROM purchase_order_line AS own
    WHERE own.hospital_id = line.hospital_id
      AND own.order_number = line.order_number
      AND own.supplier_id = line.supplier_id
      AND own.line_number = line.line_number
    OFFSET 0
) AS other
WHERE line.area_code = ANY(CAST(:areas AS text[])) AND line.id = ANY(CAST(:ids AS uuid[]))
