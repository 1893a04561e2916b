-- Adds the units that a product does not have yet.
WITH added AS (
    INSERT INTO product_unit (product_id, unit, numerator, denominator)
    SELECT product.id, said.unit, said.numerator, said.denominator
    FROM staged
    JOIN product USING (product_code)
    CROSS JOIN LATERAL unnest(unit_names, unit_numerators, unit_denominators)
        AS said (unit, numerator, denominator)
    ORDER BY product.product_code, said.unit
    ON CONFLICT (product_id, unit) DO NOTHING
    RETURNING product_id
)
SELECT DISTINCT staged.row_no
FROM staged
JOIN product USING (product_code)
JOIN added ON added.product_id = product.id
