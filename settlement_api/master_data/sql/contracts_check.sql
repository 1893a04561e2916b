-- Contract rows that name a round, product or place nobody knows. A scope is an area, the province
-- of one, or a whole province elsewhere.
WITH faults AS (
    SELECT row_no, 'round_code' AS column_name, 'unknown_round' AS code,
           'no round ' || round_code || ' is on file' AS message
    FROM staged
    WHERE round_code IS NOT NULL
      AND NOT EXISTS (SELECT FROM procurement_round WHERE procurement_round.round_code = staged.round_code)
    UNION ALL
    SELECT row_no, 'product_code' AS column_name, 'unknown_product' AS code,
           'no product ' || product_code || ' is on file' AS message
    FROM staged
    WHERE product_code IS NOT NULL
      AND NOT EXISTS (SELECT FROM product WHERE product.product_code = staged.product_code)
    UNION ALL
    SELECT staged.row_no, 'scope_codes', 'unknown_scope', 'no area or province ' || scope_code
    FROM staged
    CROSS JOIN LATERAL unnest(staged.scopes) AS scope_code
    WHERE scope_code !~ '^[1-8][0-9]0000$'
      AND NOT EXISTS (
          SELECT FROM area WHERE scope_code IN (area.area_code, area.province_code)
      )
)
SELECT row_no, column_name, code, message
FROM faults
ORDER BY row_no, column_name, message
