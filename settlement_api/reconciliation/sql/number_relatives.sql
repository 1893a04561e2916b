-- Says of each component touched that is joined to others what it is joined by: of one product, by
-- the number of its supplier's present name (`pool_no`); of one group, by any number (`kin_no`).
WITH RECURSIVE :present_names,
placed AS (
    SELECT
        match_key.key_no, product.id AS product_id,
        coalesce(hashtextextended(product.smallest_unit, 0), 0) AS measure,
        min(match_key.key_no) FILTER (WHERE match_key.supplier_id = joined.head_id) OVER (
            PARTITION BY match_key.hospital_id, joined.head_id, match_key.component_code
        ) AS pool_no,
        min(match_key.key_no) OVER kin AS kin_no,
        count(*) OVER kin AS relatives
    FROM match_key
    LEFT JOIN present_name ON present_name.id = match_key.supplier_id
    LEFT JOIN product ON product.product_code = match_key.component_code
    LEFT JOIN product_group_member AS member
      ON member.product_id = product.id AND member.superseded_at IS NULL
    CROSS JOIN LATERAL (
        SELECT
            coalesce(present_name.head_id, match_key.supplier_id) AS head_id,
            coalesce(
                member.round_id::text || ' ' || member.group_code, match_key.component_code
            ) AS by
    ) AS joined
    WHERE NOT starts_with(match_key.component_code, 'charge:')
      -- All others stand alone.
      AND (member.product_id IS NOT NULL OR present_name.id IS NOT NULL)
    WINDOW kin AS (PARTITION BY match_key.hospital_id, joined.head_id, joined.by)
)
UPDATE match_key
SET pool_no = placed.pool_no,
    kin_no = placed.kin_no,
    measure = placed.measure,
    product_id = placed.product_id
FROM placed
WHERE match_key.key_no = placed.key_no AND placed.relatives > 1
