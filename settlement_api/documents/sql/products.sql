-- Products by code with every unit they are traded in.
SELECT product.product_code, product.id, product_unit.unit, product_unit.numerator,
    product_unit.denominator
FROM product
JOIN product_unit ON product_unit.product_id = product.id
WHERE product.product_code = ANY(CAST(:codes AS text[]))
