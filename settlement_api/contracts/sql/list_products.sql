-- Products in the order of their codes, each with its units.
SELECT product.id, product.product_code, product.name, product.kind, product.specification,
       product.smallest_unit,
       (
           SELECT json_agg(json_build_object(
               'unit', unit, 'numerator', numerator, 'denominator', denominator) ORDER BY unit)
           FROM product_unit
           WHERE product_unit.product_id = product.id
       ) AS units
FROM product
WHERE (CAST(:product_id AS uuid) IS NULL OR product.id = :product_id)
  AND (CAST(:after_code AS text) IS NULL OR product.product_code > :after_code)
ORDER BY product.product_code
LIMIT :row_limit
