-- Products and rounds of groups that nobody knows.
WITH faults AS (
    SELECT row_no, 'product_code' AS column_name, 'unknown_product' AS code,
           'no product ' || product_code || ' is on file' AS message
    FROM staged
    WHERE product_code IS NOT NULL
      AND NOT EXISTS (SELECT FROM product WHERE product.product_code = staged.product_code)
    UNION ALL
    SELECT row_no, 'round_code' AS column_name, 'unknown_round' AS code,
           'no round ' || round_code || ' is on file' AS message
    FROM staged
    WHERE round_code IS NOT NULL
      AND NOT EXISTS (
          SELECT FROM procurement_round WHERE procurement_round.round_code = staged.round_code
      )
)
SELECT row_no, column_name, code, message
FROM faults
ORDER BY row_no, column_name
