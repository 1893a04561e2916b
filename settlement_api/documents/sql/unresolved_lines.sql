-- Lines whose product was unknown when they came, or its unit, and is on file by now.
WITH line AS (
    SELECT
        'purchase_order_line' AS line_table, id, product_code, unit, product_id,
        quantity_milli AS first_milli, 0 AS second_milli, price_micro, price_pack_size
    FROM purchase_order_line
    WHERE area_code = :area_code AND NOT unit_factor_known AND product_code IS NOT NULL
    UNION ALL
    SELECT
        'despatch_line', id, product_code, unit, product_id,
        quantity_milli, 0, NULL, 1
    FROM despatch_line
    WHERE area_code = :area_code AND NOT unit_factor_known AND product_code IS NOT NULL
    UNION ALL
    SELECT
        'goods_receipt_line', id, product_code, unit, product_id,
        accepted_milli, rejected_milli, NULL, 1
    FROM goods_receipt_line
    WHERE area_code = :area_code AND NOT unit_factor_known AND product_code IS NOT NULL
    UNION ALL
    SELECT
        'invoice_line', id, product_code, unit, product_id,
        quantity_milli, 0, NULL, 1
    FROM invoice_line
    WHERE area_code = :area_code AND NOT unit_factor_known AND product_code IS NOT NULL
    UNION ALL
    SELECT
        'return_note_line', id, product_code, unit, product_id,
        quantity_milli, 0, NULL, 1
    FROM return_note_line
    WHERE area_code = :area_code AND NOT unit_factor_known AND product_code IS NOT NULL
)
SELECT line.*
FROM line
JOIN product ON product.product_code = line.product_code
WHERE line.product_id IS NULL
    OR EXISTS (
        SELECT
        FROM product_unit
        WHERE product_unit.product_id = product.id AND product_unit.unit = line.unit
    )
ORDER BY line.line_table, line.id
