-- Stores new products, and new names and specifications of known ones.
WITH stored AS (
    INSERT INTO product (product_code, name, name_pinyin, kind, specification, smallest_unit)
    SELECT product_code, name, name_pinyin, kind, specification, smallest_unit
    FROM staged
    ORDER BY product_code
    ON CONFLICT (product_code) DO UPDATE
        SET name = excluded.name, name_pinyin = excluded.name_pinyin,
            specification = excluded.specification
        WHERE (product.name, product.specification)
            IS DISTINCT FROM (excluded.name, excluded.specification)
    RETURNING product_code
)
SELECT staged.row_no
FROM staged
JOIN stored USING (product_code)
