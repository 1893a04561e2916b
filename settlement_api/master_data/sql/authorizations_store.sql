-- Stores the authorizations that are not on file.
WITH wanted AS (
    SELECT staged.row_no, staged.area_code, product.id AS product_id, supplier.id AS supplier_id,
           staged.valid_from, staged.valid_to
    FROM staged
    JOIN product USING (product_code)
    JOIN supplier USING (uscc)
),
stored AS (
    INSERT INTO distributor_authorization
        (area_code, product_id, supplier_id, valid_from, valid_to)
    SELECT area_code, product_id, supplier_id, valid_from, valid_to
    FROM wanted
    ORDER BY row_no
    ON CONFLICT (area_code, product_id, supplier_id, valid_from)
        WHERE superseded_at IS NULL DO NOTHING
    RETURNING area_code, product_id, supplier_id, valid_from
)
SELECT wanted.row_no
FROM wanted
JOIN stored USING (area_code, product_id, supplier_id, valid_from)
