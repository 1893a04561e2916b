-- How much the one item `sent` of a link by totals is about, and of which order line; part of other
-- questions. Of lines that two source systems give one number the first is meant, as in matching.
SELECT
    ordered.id AS order_id, ordered.quantity_milli AS whole,
    ordered.amount_minor, ordered.price_micro, ordered.price_pack_size,
    CASE
        WHEN sent.receipt_line_number IS NULL THEN ordered.quantity_milli
        -- Nothing converts what is counted in another unit.
        WHEN received.unit_factor_known = ordered.unit_factor_known
            AND (received.unit_factor_known OR received.unit = ordered.unit)
        THEN received.accepted_milli
    END AS quantity
FROM (SELECT 1) AS once
LEFT JOIN LATERAL (
    SELECT
        line.accepted_milli, line.unit, line.unit_factor_known, line.order_number,
        line.order_line_number, line.product_code, document.source
    FROM goods_receipt_line AS line
    CROSS JOIN LATERAL (
        SELECT (
            SELECT document.source_system
            FROM document
            WHERE document.area_code = sent.area_code AND document.id = line.document_id
        ) AS source
    ) AS document
    WHERE sent.receipt_line_number IS NOT NULL
      AND line.area_code = sent.area_code
      AND line.hospital_id = sent.hospital_id
      AND line.supplier_id = sent.supplier_id
      AND line.receipt_number = sent.receipt_number
      AND line.line_number = sent.receipt_line_number
      AND line.state = 'effective'
    ORDER BY line.receipt_date, document.source COLLATE "C", line.id
    LIMIT 1
) AS received ON true
-- A receipt states no price: it is worth what the order line of its product says that it names.
LEFT JOIN LATERAL (
    SELECT line.*
    FROM purchase_order_line AS line
    CROSS JOIN LATERAL (
        SELECT (
            SELECT document.source_system
            FROM document
            WHERE document.area_code = sent.area_code AND document.id = line.document_id
        ) AS source
    ) AS document
    WHERE line.area_code = sent.area_code
      AND line.hospital_id = sent.hospital_id
      AND line.supplier_id = sent.supplier_id
      AND line.order_number = CASE
          WHEN sent.receipt_line_number IS NULL THEN sent.order_number
          ELSE received.order_number
      END
      AND line.line_number = CASE
          WHEN sent.receipt_line_number IS NULL THEN sent.order_line_number
          ELSE received.order_line_number
      END
      AND (sent.receipt_line_number IS NULL OR line.product_code = received.product_code)
      AND line.state = 'effective'
    ORDER BY
        document.source = received.source DESC NULLS LAST,
        line.order_date NULLS LAST, document.source COLLATE "C", line.id
    LIMIT 1
) AS ordered ON true
