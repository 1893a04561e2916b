-- Puts products into the groups that they are not in yet.
WITH wanted AS (
    SELECT staged.row_no, product.id AS product_id, procurement_round.id AS round_id,
           staged.group_code
    FROM staged
    JOIN product USING (product_code)
    JOIN procurement_round USING (round_code)
),
stored AS (
    INSERT INTO product_group_member (round_id, group_code, product_id)
    SELECT round_id, group_code, product_id
    FROM wanted
    ORDER BY row_no
    ON CONFLICT (product_id) WHERE superseded_at IS NULL DO NOTHING
    RETURNING product_id
)
SELECT wanted.row_no
FROM wanted
JOIN stored USING (product_id)
