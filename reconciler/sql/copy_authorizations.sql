-- Which of the touched suppliers may deliver the touched products in this area.
WITH touched AS (
    SELECT product.id, match_key.supplier_id
    FROM match_key JOIN product ON product.product_code = match_key.component_code
    UNION
    SELECT ordered.product_id, ordered.supplier_id
    FROM (:charged_orders) AS charged
    JOIN purchase_order_line AS ordered
      ON ordered.area_code = (SELECT current_setting('app.area_code'))
     AND ordered.hospital_id = charged.hospital_id
     AND ordered.order_number = charged.order_number
     AND ordered.supplier_id = charged.supplier_id
)
SELECT
    held.product_id,
    held.supplier_id,
    held.valid_from - DATE '1970-01-01' AS valid_from,
    coalesce(held.valid_to - DATE '1970-01-01', 2147483647) AS valid_to
FROM touched
CROSS JOIN LATERAL (
    SELECT *
    FROM distributor_authorization AS own
    WHERE own.area_code = (SELECT current_setting('app.area_code'))
      AND own.product_id = touched.id
      AND own.supplier_id = touched.supplier_id
      AND own.superseded_at IS NULL
    :fence
) AS held
