-- Marks the price versions that this file corrects.
UPDATE contract
SET superseded_at = statement_timestamp()
FROM staged
JOIN procurement_round USING (round_code)
JOIN product USING (product_code)
WHERE contract.superseded_at IS NULL
  AND contract.contract_code = staged.contract_code
  AND contract.item_no = staged.item_no
  AND contract.manufacturer = staged.manufacturer
  AND contract.valid_from = staged.valid_from
  AND (contract.round_id, contract.product_id, contract.holder_uscc, contract.pack_price_micro,
       contract.pack_size, contract.pack_size_inferred, contract.valid_to)
      IS DISTINCT FROM
      (procurement_round.id, product.id, staged.holder_uscc, staged.pack_price_micro,
       staged.pack_size, staged.pack_size_inferred, staged.valid_to)
RETURNING staged.row_no
