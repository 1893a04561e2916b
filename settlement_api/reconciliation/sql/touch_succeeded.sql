-- The area's components of suppliers whose successor was recorded since then, and of those that they
-- succeeded themselves; what they are joined to by it is staged where they are read.
WITH RECURSIVE former (id) AS (
    SELECT id FROM supplier WHERE succeeded_at >= CAST(:since AS timestamptz)
    UNION
    SELECT supplier.id
    FROM former
    JOIN supplier ON supplier.successor_id = former.id
),
component AS (
    SELECT hospital_id, supplier_id, product_code
    FROM purchase_order_line
    WHERE area_code = :area_code AND supplier_id IN (SELECT id FROM former)
    UNION
    SELECT hospital_id, supplier_id, product_code
    FROM goods_receipt_line
    WHERE area_code = :area_code AND supplier_id IN (SELECT id FROM former)
    UNION
    SELECT hospital_id, supplier_id, product_code
    FROM return_note_line
    WHERE area_code = :area_code AND supplier_id IN (SELECT id FROM former)
    UNION
    SELECT hospital_id, supplier_id, product_code
    FROM invoice_line
    WHERE area_code = :area_code AND supplier_id IN (SELECT id FROM former)
        AND charge_kind = 'goods'
)
INSERT INTO match_key (key_no, hospital_id, supplier_id, component_code)
SELECT
    (SELECT count(*) FROM match_key) + row_number() OVER () - 1, hospital_id, supplier_id,
    product_code
FROM (
    SELECT * FROM component WHERE product_code IS NOT NULL
    EXCEPT
    SELECT hospital_id, supplier_id, component_code FROM match_key
) AS further
