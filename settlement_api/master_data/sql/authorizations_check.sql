-- Authorizations that name a product, supplier or area nobody knows.
WITH faults AS (
    SELECT row_no, 'product_code' AS column_name, 'unknown_product' AS code,
           'no product ' || product_code || ' is on file' AS message
    FROM staged
    WHERE product_code IS NOT NULL
      AND NOT EXISTS (SELECT FROM product WHERE product.product_code = staged.product_code)
    UNION ALL
    SELECT row_no, 'uscc' AS column_name, 'unknown_supplier' AS code,
           'no supplier ' || uscc || ' is on file' AS message
    FROM staged
    WHERE uscc IS NOT NULL
      AND NOT EXISTS (SELECT FROM supplier WHERE supplier.uscc = staged.uscc)
    UNION ALL
    SELECT row_no, 'area_code' AS column_name, 'unknown_area' AS code,
           'no area ' || area_code || ' is on file' AS message
    FROM staged
    WHERE area_code IS NOT NULL
      AND NOT EXISTS (SELECT FROM area WHERE area.area_code = staged.area_code)
)
SELECT row_no, column_name, code, message
FROM faults
ORDER BY row_no, column_name
