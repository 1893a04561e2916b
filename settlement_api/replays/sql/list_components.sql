-- Writes down every component that has a document dated in the days, as places of the replay.
WITH RECURSIVE :present_names,
component AS (
    SELECT hospital_id, supplier_id, product_code
    FROM purchase_order_line
    WHERE area_code = :area_code AND order_date BETWEEN :first_day AND :last_day
    UNION
    SELECT hospital_id, supplier_id, product_code
    FROM goods_receipt_line
    WHERE area_code = :area_code AND receipt_date BETWEEN :first_day AND :last_day
    UNION
    SELECT hospital_id, supplier_id,
           CASE
               WHEN charge_kind = 'goods' THEN product_code
               ELSE 'charge:' || coalesce(blue_invoice_number, invoice_number)
           END
    FROM invoice_line
    WHERE area_code = :area_code AND invoice_date BETWEEN :first_day AND :last_day
)
INSERT INTO replay_component (
    area_code, replay_id, position, hospital_id, supplier_id, component_code
)
SELECT
    :area_code, :id,
    row_number() OVER (ORDER BY hospital_id, supplier_id, product_code COLLATE "C"),
    hospital_id, supplier_id, product_code
FROM (:first_of_kin) AS listed
