-- Receipt lines of the touched components, first in first, cancelled ones marked.
SELECT
    line.id,
    match_key.key_no AS pool,
    hashtextextended(line.receipt_number, 0) AS number,
    line.line_number,
    coalesce(hashtextextended(document.source_system, 0), 0) AS source,
    coalesce(hashtextextended(line.order_number, 0), 0) AS order_number,
    CASE WHEN line.order_number IS NULL THEN -2 ELSE coalesce(line.order_line_number, -1) END
        AS order_line,
    CASE WHEN line.unit_factor_known THEN 0 ELSE hashtext(coalesce(line.unit, '')) | 1 END AS unit,
    line.accepted_milli AS quantity,
    line.receipt_date - DATE '1970-01-01' AS day,
    coalesce(line.accepted_date, line.receipt_date) - DATE '1970-01-01' AS accepted,
    coalesce(line.expiry_date - DATE '1970-01-01', 2147483647) AS expiry,
    CASE
        WHEN line.unit_factor_known AND coalesce(line.trace_code_count, 0)
            < trunc(line.accepted_milli::numeric * traced.denominator / (1000 * traced.numerator))
        THEN traced.kind ELSE 0
    END::smallint AS trace,
    coalesce(line.trace_code_count, 0) > 0 AND EXISTS (
        SELECT
        FROM trace_code
        WHERE trace_code.area_code = (SELECT current_setting('app.area_code'))
          AND trace_code.document_id = line.document_id
          AND trace_code.line_number = line.line_number
          AND trace_code.is_repeated
    ) AS repeated,
    CASE WHEN line.lot_number IS NULL THEN 0 ELSE hashtextextended(:lot_number, 0) END AS lot,
    line.state = 'effective' AS effective,
    line.product_id IS NULL AS unknown
FROM match_key
-- A pack is the least unit above the smallest one; of a product without such, the smallest itself.
LEFT JOIN LATERAL (
    SELECT
        CASE product.kind WHEN 'drug' THEN 1 WHEN 'consumable' THEN 2 ELSE 3 END AS kind,
        coalesce(pack.numerator, 1) AS numerator, coalesce(pack.denominator, 1) AS denominator
    FROM product
    LEFT JOIN LATERAL (
        SELECT numerator, denominator
        FROM product_unit
        WHERE product_unit.product_id = product.id AND numerator > denominator
        ORDER BY numerator::numeric / denominator
        LIMIT 1
    ) AS pack ON true
    WHERE :of_papers AND product.product_code = match_key.component_code
    :fence
) AS traced ON :of_papers
CROSS JOIN LATERAL (
    SELECT *
    FROM goods_receipt_line AS own
    WHERE own.area_code = (SELECT current_setting('app.area_code'))
      AND own.hospital_id = match_key.hospital_id
      AND own.supplier_id = match_key.supplier_id
      AND own.product_code = match_key.component_code
    :fence
) AS line
LEFT JOIN LATERAL (
    SELECT source_system
    FROM document AS own
    WHERE own.area_code = (SELECT current_setting('app.area_code')) AND own.id = line.document_id
    :fence
) AS document ON true
WHERE line.state <> 'superseded'
ORDER BY
    line.receipt_date, line.receipt_number COLLATE "C", line.line_number,
    document.source_system COLLATE "C", line.id
