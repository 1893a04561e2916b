-- Which of the touched suppliers may deliver the touched products in this area.
SELECT
    held.product_id,
    held.supplier_id,
    held.valid_from - DATE '1970-01-01' AS valid_from,
    coalesce(held.valid_to - DATE '1970-01-01', 2147483647) AS valid_to
FROM touched_product
CROSS JOIN LATERAL (
    SELECT *
    FROM distributor_authorization AS own
    WHERE own.area_code = (SELECT current_setting('app.area_code'))
      AND own.product_id = touched_product.product_id
      AND own.supplier_id = touched_product.supplier_id
      AND own.superseded_at IS NULL
    :fence
) AS held
