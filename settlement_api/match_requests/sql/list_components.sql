-- Writes down every component of the area, in an order of their own, as places of the request.
WITH RECURSIVE :present_names,
component AS (
    SELECT hospital_id, supplier_id, product_code
    FROM purchase_order_line WHERE area_code = :area_code
    UNION
    SELECT hospital_id, supplier_id, product_code
    FROM goods_receipt_line WHERE area_code = :area_code
    UNION
    SELECT hospital_id, supplier_id, product_code
    FROM return_note_line WHERE area_code = :area_code
    UNION
    SELECT hospital_id, supplier_id,
           CASE
               WHEN charge_kind = 'goods' THEN product_code
               ELSE 'charge:' || coalesce(blue_invoice_number, invoice_number)
           END
    FROM invoice_line WHERE area_code = :area_code
)
INSERT INTO match_request_component (
    area_code, match_request_id, position, hospital_id, supplier_id, component_code
)
SELECT
    :area_code, :id,
    row_number() OVER (ORDER BY hospital_id, supplier_id, product_code COLLATE "C"),
    hospital_id, supplier_id, product_code
FROM (:first_of_kin) AS listed
