-- Order lines of the touched components, first in first; those that no longer count have quantity 0.
-- Two source systems may give the same number: the source is part of what a line goes by.
SELECT
    line.id,
    line.key_no AS pool,
    hashtextextended(line.order_number, 0) AS number,
    line.line_number,
    coalesce(hashtextextended(document.source_system, 0), 0) AS source,
    line.state = 'effective' AS effective,
    line.state = 'superseded' AS replaced,
    CASE WHEN line.unit_factor_known THEN 0 ELSE hashtext(coalesce(line.unit, '')) | 1 END AS unit,
    CASE WHEN line.state = 'effective' THEN line.quantity_milli ELSE 0 END AS quantity,
    coalesce(line.price_micro, -1) AS price,
    line.price_pack_size AS pack,
    line.price_decimals::smallint AS decimals,
    coalesce(line.amount_minor, -1) AS amount,
    coalesce(line.order_date - DATE '1970-01-01', 2147483647) AS day,
    coalesce(line.product_id, '00000000-0000-0000-0000-000000000000') AS product_id,
    line.supplier_id,
    CASE WHEN line.contract_code IS NULL THEN 0 ELSE hashtextextended(line.contract_code, 0) END
        AS agreement,
    CASE WHEN line.manufacturer IS NULL THEN 0 ELSE hashtextextended(line.manufacturer, 0) END
        AS manufacturer,
    line.paid_offline AS offline,
    line.of_charges
FROM (
    SELECT match_key.key_no, match_key.component_code, false AS of_charges, own.*
    FROM match_key
    CROSS JOIN LATERAL (
        SELECT *
        FROM purchase_order_line AS own
        WHERE own.area_code = (SELECT current_setting('app.area_code'))
          AND own.hospital_id = match_key.hospital_id
          AND own.supplier_id = match_key.supplier_id
          AND own.product_code = match_key.component_code
        :fence
    ) AS own
    UNION ALL
    -- Whatever charges name or named, as payables may still stand on it.
    SELECT * FROM charged_line
) AS line
LEFT JOIN LATERAL (
    SELECT source_system
    FROM document AS own
    WHERE own.area_code = (SELECT current_setting('app.area_code')) AND own.id = line.document_id
    :fence
) AS document ON true
WHERE line.state <> 'superseded' OR EXISTS (
    SELECT
    FROM payable
    WHERE payable.area_code = (SELECT current_setting('app.area_code'))
      AND payable.hospital_id = line.hospital_id
      AND payable.supplier_id = line.supplier_id
      AND payable.component_code = line.component_code
      AND payable.order_line_id = line.id
      AND payable.status = 'committed'
)
ORDER BY
    line.of_charges, line.order_date NULLS LAST, line.order_number COLLATE "C", line.line_number,
    document.source_system COLLATE "C", line.id
