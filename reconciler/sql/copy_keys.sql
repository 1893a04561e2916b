-- The touched components by number, and what joins them: the pool (one product of one supplier or
-- its successors), the kin (one product group of them), what the product's smallest unit is.
SELECT
    key_no, hospital_id, supplier_id,
    coalesce(pool_no, key_no) AS pool_no,
    coalesce(kin_no, key_no) AS kin_no,
    coalesce(measure, 0) AS measure,
    coalesce(product_id, '00000000-0000-0000-0000-000000000000') AS product_id
FROM match_key
ORDER BY key_no
