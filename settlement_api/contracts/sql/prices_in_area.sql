-- Price versions of products that hold in an area on any day of a period, for the match of it.
SELECT contract.id AS contract_id, contract.product_id, contract.contract_code, contract.item_no,
       contract.manufacturer, contract.pack_price_micro, contract.pack_size,
       contract.valid_from, contract.valid_to
FROM contract
WHERE contract.superseded_at IS NULL
  AND contract.product_id = ANY(:product_ids)
  AND contract.valid_from <= :to_date
  AND (contract.valid_to IS NULL OR contract.valid_to >= :from_date)
  AND EXISTS (
      SELECT FROM contract_scope
      JOIN area ON area.area_code = :area_code
      WHERE contract_scope.contract_id = contract.id
        AND contract_scope.superseded_at IS NULL
        AND contract_scope.scope_code IN (area.area_code, area.province_code)
  )
ORDER BY contract.product_id, contract.manufacturer, contract.valid_from, contract.id
