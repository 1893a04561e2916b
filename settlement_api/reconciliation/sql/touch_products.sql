-- The area's components of the given products.
WITH component AS (
    SELECT hospital_id, supplier_id, product_code
    FROM purchase_order_line
    WHERE area_code = :area_code AND product_code = ANY(CAST(:product_codes AS text[]))
    UNION
    SELECT hospital_id, supplier_id, product_code
    FROM goods_receipt_line
    WHERE area_code = :area_code AND product_code = ANY(CAST(:product_codes AS text[]))
    UNION
    SELECT hospital_id, supplier_id, product_code
    FROM return_note_line
    WHERE area_code = :area_code AND product_code = ANY(CAST(:product_codes AS text[]))
    UNION
    SELECT hospital_id, supplier_id, product_code
    FROM invoice_line
    WHERE area_code = :area_code AND product_code = ANY(CAST(:product_codes AS text[]))
        AND charge_kind = 'goods'
)
INSERT INTO match_key (key_no, hospital_id, supplier_id, component_code)
SELECT row_number() OVER () - 1, hospital_id, supplier_id, product_code
FROM component
