-- Says of each component touched that is joined to others what it is joined by: of one product, by
-- the number of its supplier's present name (`pool_no`); of one group, by any number (`kin_no`).
WITH RECURSIVE later (supplier_id, id) AS (
    SELECT DISTINCT supplier_id, supplier_id
    FROM match_key
    WHERE NOT starts_with(component_code, 'charge:')
    UNION
    SELECT later.supplier_id, supplier.successor_id
    FROM later
    JOIN supplier ON supplier.id = later.id
    WHERE supplier.successor_id IS NOT NULL
),
today AS (
    SELECT later.supplier_id, later.id AS head_id
    FROM later
    JOIN supplier ON supplier.id = later.id
    WHERE supplier.successor_id IS NULL
),
placed AS (
    SELECT
        match_key.key_no, product.id AS product_id,
        coalesce(hashtextextended(product.smallest_unit, 0), 0) AS measure,
        min(match_key.key_no) FILTER (WHERE match_key.supplier_id = today.head_id) OVER (
            PARTITION BY match_key.hospital_id, today.head_id, match_key.component_code
        ) AS pool_no,
        min(match_key.key_no) OVER kin AS kin_no,
        count(*) OVER kin AS relatives
    FROM match_key
    JOIN today ON today.supplier_id = match_key.supplier_id
    LEFT JOIN product ON product.product_code = match_key.component_code
    LEFT JOIN product_group_member AS member
      ON member.product_id = product.id AND member.superseded_at IS NULL
    WHERE NOT starts_with(match_key.component_code, 'charge:')
      -- All others stand alone.
      AND (
            member.product_id IS NOT NULL
            OR match_key.supplier_id IN (SELECT id FROM supplier WHERE successor_id IS NOT NULL)
            OR match_key.supplier_id IN (
                SELECT successor_id FROM supplier WHERE successor_id IS NOT NULL
            )
        )
    WINDOW kin AS (
        PARTITION BY
            match_key.hospital_id, today.head_id,
            coalesce(member.round_id::text || ' ' || member.group_code, match_key.component_code)
    )
)
UPDATE match_key
SET pool_no = placed.pool_no,
    kin_no = placed.kin_no,
    measure = placed.measure,
    product_id = placed.product_id
FROM placed
WHERE match_key.key_no = placed.key_no AND placed.relatives > 1
