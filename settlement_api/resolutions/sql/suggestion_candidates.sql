-- Lines of the same hospital and supplier that something is still missing of: for an invoice line
-- receipts that wait and orders that are open and of which none waits, for anything else invoice
-- lines that wait.
WITH standing AS (
    SELECT *
    FROM discrepancy
    WHERE area_code = :area_code
      AND hospital_id = :hospital_id
      AND supplier_id = :supplier_id
      AND status <> 'superseded'
      AND effect IN ('waiting', 'held')
      AND id <> :discrepancy_id
      AND quantity_milli > 0
),
candidate AS (
    SELECT
        'receipt_line' AS kind, line.id, line.receipt_number AS number, line.line_number,
        line.product_code, standing.quantity_milli,
        CAST(NULL AS bigint) AS amount_minor, ordered.price_micro,
        ordered.price_pack_size AS price_pack, ordered.price_decimals, line.receipt_date AS day,
        array_remove(ARRAY[line.receipt_number, line.order_number], NULL) AS names
    FROM standing
    JOIN goods_receipt_line AS line
      ON line.area_code = standing.area_code AND line.id = standing.receipt_line_id
    LEFT JOIN purchase_order_line AS ordered
      ON ordered.area_code = standing.area_code AND ordered.id = standing.order_line_id
    WHERE :is_invoice AND standing.invoice_line_id IS NULL
    UNION ALL
    SELECT
        'order_line', line.id, line.order_number, line.line_number, line.product_code,
        forecast.open_milli, NULL, line.price_micro, line.price_pack_size, line.price_decimals,
        line.order_date, ARRAY[line.order_number]
    FROM order_line_forecast AS forecast
    JOIN purchase_order_line AS line
      ON line.area_code = forecast.area_code AND line.id = forecast.id AND line.state = 'effective'
    WHERE :is_invoice
      AND forecast.area_code = :area_code
      AND forecast.hospital_id = :hospital_id
      AND forecast.supplier_id = :supplier_id
      AND forecast.open_milli > 0
      AND NOT EXISTS (
          SELECT
          FROM standing
          WHERE standing.order_line_id = line.id
            AND standing.receipt_line_id IS NOT NULL
            AND standing.invoice_line_id IS NULL
      )
    UNION ALL
    SELECT
        'invoice_line', line.id, line.invoice_number, line.line_number, line.product_code,
        standing.quantity_milli, nullif(abs(standing.amount_minor), 0), NULL, NULL, NULL,
        line.invoice_date,
        array_remove(ARRAY[line.order_number, line.receipt_number], NULL)
    FROM standing
    JOIN invoice_line AS line
      ON line.area_code = standing.area_code AND line.id = standing.invoice_line_id
    WHERE NOT :is_invoice AND line.charge_kind = 'goods'
)
SELECT DISTINCT ON (kind, id)
    kind, id, number, line_number, product_code, quantity_milli, amount_minor, price_micro,
    price_pack, price_decimals, day, names
FROM candidate
ORDER BY kind, id, quantity_milli DESC
LIMIT :most
