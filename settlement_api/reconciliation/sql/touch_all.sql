-- Every component of the area.
WITH component AS (
    SELECT hospital_id, supplier_id, product_code
    FROM purchase_order_line WHERE area_code = :area_code
    UNION ALL
    SELECT hospital_id, supplier_id, product_code
    FROM goods_receipt_line WHERE area_code = :area_code
    UNION ALL
    SELECT hospital_id, supplier_id, product_code
    FROM return_note_line WHERE area_code = :area_code
    UNION ALL
    SELECT hospital_id, supplier_id,
           CASE
               WHEN charge_kind = 'goods' THEN product_code
               ELSE 'charge:' || coalesce(blue_invoice_number, invoice_number)
           END
    FROM invoice_line WHERE area_code = :area_code
)
INSERT INTO match_key (key_no, hospital_id, supplier_id, component_code)
SELECT row_number() OVER () - 1, hospital_id, supplier_id, product_code
FROM (SELECT DISTINCT * FROM component WHERE product_code IS NOT NULL) AS distinct_component
