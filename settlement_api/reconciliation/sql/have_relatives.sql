-- Whether another product of a group joins any component touched.
SELECT
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
    ) AS found
