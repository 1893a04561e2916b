-- Invoice links of the touched components, in the smallest unit: what people decided first, then
-- what documents say, each first in first.
SELECT
    link.key_no AS pool,
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
            WHEN link.unit_factor_known AND product_unit.id IS NOT NULL
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
FROM (
    SELECT
        0 AS turn, match_key.key_no, line.product_id, line.unit, line.unit_factor_known,
        CAST(NULL AS date) AS link_date, CAST(NULL AS text) AS link_number, made.line_number, made.id,
        made.invoice_number, made.invoice_line_number, made.order_number, made.order_line_number,
        made.receipt_number, made.receipt_line_number, made.quantity_milli
    FROM match_key
    JOIN resolution_link AS made
      ON made.area_code = (SELECT current_setting('app.area_code'))
     AND made.hospital_id = match_key.hospital_id
     AND made.supplier_id = match_key.supplier_id
     AND made.component_code = match_key.component_code
    JOIN invoice_line AS line
      ON line.area_code = (SELECT current_setting('app.area_code'))
     AND line.hospital_id = made.hospital_id
     AND line.supplier_id = made.supplier_id
     AND line.invoice_number = made.invoice_number
     AND line.line_number = made.invoice_line_number
     AND line.product_code = made.component_code
    WHERE line.state = 'effective' AND line.document_kind = 'invoice' AND made.status = 'effective'
      AND made.accepted_minor IS NULL
    UNION ALL
    SELECT
        1 AS turn, match_key.key_no, line.product_id, line.unit, line.unit_factor_known,
        sent.link_date, sent.link_number, sent.line_number, sent.id,
        sent.invoice_number, sent.invoice_line_number, sent.order_number, sent.order_line_number,
        sent.receipt_number, sent.receipt_line_number, sent.quantity_milli
    FROM match_key
    JOIN invoice_line AS line
      ON line.area_code = (SELECT current_setting('app.area_code'))
     AND line.hospital_id = match_key.hospital_id
     AND line.supplier_id = match_key.supplier_id
     AND line.product_code = match_key.component_code
    JOIN invoice_link_line AS sent
      ON sent.area_code = (SELECT current_setting('app.area_code'))
     AND sent.supplier_id = line.supplier_id
     AND sent.invoice_number = line.invoice_number
     AND sent.invoice_line_number = line.line_number
    WHERE line.state = 'effective' AND line.document_kind = 'invoice' AND sent.state = 'effective'
) AS link
LEFT JOIN product_unit
  ON product_unit.product_id = link.product_id AND product_unit.unit = link.unit
ORDER BY link.turn, link.link_date, link.link_number COLLATE "C", link.line_number, link.id
