-- Stores the price versions that are not on file.
WITH stored AS (
    INSERT INTO contract
        (contract_code, item_no, round_id, product_id, manufacturer, holder_uscc,
         pack_price_micro, pack_size, pack_size_inferred, valid_from, valid_to)
    SELECT staged.contract_code, staged.item_no, procurement_round.id, product.id,
           staged.manufacturer, staged.holder_uscc, staged.pack_price_micro, staged.pack_size,
           staged.pack_size_inferred, staged.valid_from, staged.valid_to
    FROM staged
    JOIN procurement_round USING (round_code)
    JOIN product USING (product_code)
    ORDER BY staged.row_no
    ON CONFLICT (contract_code, item_no, manufacturer, valid_from)
        WHERE superseded_at IS NULL DO NOTHING
    RETURNING contract_code, item_no, manufacturer, valid_from
)
SELECT staged.row_no
FROM staged
JOIN stored USING (contract_code, item_no, manufacturer, valid_from)
