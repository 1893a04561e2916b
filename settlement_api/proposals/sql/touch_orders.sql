-- The components of these orders of one supplier.
INSERT INTO match_key (key_no, hospital_id, supplier_id, component_code)
SELECT row_number() OVER () - 1, hospital_id, CAST(:supplier_id AS uuid), product_code
FROM (
    SELECT DISTINCT line.hospital_id, line.product_code
    FROM unnest(CAST(:hospital_ids AS uuid[]), CAST(:numbers AS text[]))
        AS given (hospital_id, order_number)
    JOIN purchase_order_line AS line
      ON line.area_code = :area_code
     AND line.hospital_id = given.hospital_id
     AND line.order_number = given.order_number
     AND line.supplier_id = :supplier_id
) AS component
