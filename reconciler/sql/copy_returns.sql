-- Effective return note lines of the touched components, first in first.
SELECT
    line.id,
    match_key.key_no AS pool,
    coalesce(hashtextextended(line.order_number, 0), 0) AS order_number,
    CASE WHEN line.order_number IS NULL THEN -2 ELSE coalesce(line.order_line_number, -1) END
        AS order_line,
    coalesce(hashtextextended(line.receipt_number, 0), 0) AS receipt_number,
    CASE WHEN line.receipt_number IS NULL THEN -2 ELSE coalesce(line.receipt_line_number, -1) END
        AS receipt_line,
    CASE WHEN line.unit_factor_known THEN 0 ELSE hashtext(coalesce(line.unit, '')) | 1 END AS unit,
    line.quantity_milli AS quantity,
    CASE WHEN line.lot_number IS NULL THEN 0 ELSE hashtextextended(:lot_number, 0) END AS lot
FROM match_key
CROSS JOIN LATERAL (
    SELECT *
    FROM return_note_line AS own
    WHERE own.area_code = (SELECT current_setting('app.area_code'))
      AND own.hospital_id = match_key.hospital_id
      AND own.supplier_id = match_key.supplier_id
      AND own.product_code = match_key.component_code
    :fence
) AS line
WHERE line.state = 'effective'
ORDER BY
    line.return_date, line.return_number COLLATE "C", line.line_number,
    line.quantity_milli, line.receipt_number COLLATE "C", line.receipt_line_number, line.id
