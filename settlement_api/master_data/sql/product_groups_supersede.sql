-- Takes products out of the groups that this file no longer puts them in.
WITH wanted AS (
    SELECT staged.row_no, product.id AS product_id, procurement_round.id AS round_id,
           staged.group_code
    FROM staged
    JOIN product USING (product_code)
    LEFT JOIN procurement_round USING (round_code)
)
UPDATE product_group_member
SET superseded_at = statement_timestamp()
FROM wanted
WHERE product_group_member.superseded_at IS NULL
  AND product_group_member.product_id = wanted.product_id
  AND (product_group_member.round_id, product_group_member.group_code)
      IS DISTINCT FROM (wanted.round_id, wanted.group_code)
RETURNING wanted.row_no
