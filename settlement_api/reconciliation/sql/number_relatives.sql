-- Says of each component touched that is joined to others what it is joined by.
WITH grouped AS (
    SELECT
        match_key.key_no, product.id AS product_id,
        hashtextextended(product.smallest_unit, 0) AS measure,
        match_key.key_no AS pool_no,
        min(match_key.key_no) OVER kin AS kin_no,
        count(*) OVER kin AS relatives
    FROM match_key
    JOIN product ON product.product_code = match_key.component_code
    JOIN product_group_member AS own
      ON own.product_id = product.id AND own.superseded_at IS NULL
    WINDOW kin AS (
        PARTITION BY match_key.hospital_id, match_key.supplier_id, own.round_id, own.group_code
    )
)
UPDATE match_key
SET pool_no = grouped.pool_no,
    kin_no = grouped.kin_no,
    measure = grouped.measure,
    product_id = grouped.product_id
FROM grouped
WHERE match_key.key_no = grouped.key_no AND grouped.relatives > 1
