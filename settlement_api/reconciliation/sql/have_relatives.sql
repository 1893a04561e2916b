-- Whether other products of a group, or other names of a supplier, join any component touched.
SELECT
    (
        EXISTS (SELECT FROM product_group_member WHERE superseded_at IS NULL)
        AND EXISTS (
            SELECT
            FROM match_key
            JOIN product ON product.product_code = match_key.component_code
            JOIN product_group_member AS own
              ON own.product_id = product.id AND own.superseded_at IS NULL
            JOIN product_group_member AS other
              ON other.round_id = own.round_id
             AND other.group_code = own.group_code
             AND other.product_id <> own.product_id
             AND other.superseded_at IS NULL
            WHERE match_key.kin_no IS NULL
        )
    ) AS of_groups,
    (
        EXISTS (SELECT FROM supplier WHERE successor_id IS NOT NULL)
        AND EXISTS (
            SELECT
            FROM match_key
            JOIN supplier AS former
              ON former.successor_id IS NOT NULL
             AND match_key.supplier_id IN (former.id, former.successor_id)
            WHERE match_key.kin_no IS NULL AND NOT starts_with(match_key.component_code, 'charge:')
        )
    ) AS of_names
