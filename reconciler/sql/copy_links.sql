-- Invoice links of the touched components, first in first, in the smallest unit.
SELECT
    match_key.key_no AS pool,
    hashtextextended(link.invoice_number, 0) AS number,
    link.invoice_line_number AS line_number,
    coalesce(hashtextextended(link.order_number, 0), 0) AS order_number,
    CASE WHEN link.order_number IS NULL THEN -2 ELSE coalesce(link.order_line_number, -1) END
        AS order_line,
    coalesce(hashtextextended(link.receipt_number, 0), 0) AS receipt_number,
    CASE WHEN link.receipt_number IS NULL THEN -2 ELSE coalesce(link.receipt_line_number, -1) END
        AS receipt_line,
    coalesce(
        CASE
            WHEN line.unit_factor_known AND product_unit.id IS NOT NULL
            THEN least(
                trunc(
                    link.quantity_milli::numeric * product_unit.numerator / product_unit.denominator
                ),
                1000000000000
            )::bigint
            ELSE link.quantity_milli
        END,
        -1
    ) AS quantity
FROM match_key
JOIN invoice_line AS line
  ON line.area_code = (SELECT current_setting('app.area_code'))
 AND line.hospital_id = match_key.hospital_id
 AND line.supplier_id = match_key.supplier_id
 AND line.product_code = match_key.component_code
JOIN invoice_link_line AS link
  ON link.area_code = (SELECT current_setting('app.area_code'))
 AND link.supplier_id = line.supplier_id
 AND link.invoice_number = line.invoice_number
 AND link.invoice_line_number = line.line_number
LEFT JOIN product_unit
  ON product_unit.product_id = line.product_id AND product_unit.unit = line.unit
WHERE line.state = 'effective' AND line.document_kind = 'invoice' AND link.state = 'effective'
ORDER BY link.link_date, link.link_number COLLATE "C", link.line_number, link.id
