-- Price versions as now known, by contract, item, manufacturer and first day, with their scopes.
SELECT contract.id, contract.contract_code, contract.item_no, procurement_round.round_code,
       contract.product_id, contract.manufacturer, contract.holder_uscc,
       contract.pack_price_micro, contract.pack_size, contract.pack_size_inferred,
       contract.valid_from, contract.valid_to,
       ARRAY(
           SELECT scope_code
           FROM contract_scope
           WHERE contract_scope.contract_id = contract.id AND contract_scope.superseded_at IS NULL
           ORDER BY scope_code
       ) AS scope_codes
FROM contract
JOIN procurement_round ON procurement_round.id = contract.round_id
WHERE contract.superseded_at IS NULL
  AND (CAST(:contract_id AS uuid) IS NULL OR contract.id = :contract_id)
  AND (CAST(:product_id AS uuid) IS NULL OR contract.product_id = :product_id)
  AND (CAST(:after_code AS text) IS NULL
       OR (contract.contract_code, contract.item_no, contract.id)
           > (:after_code, CAST(:after_item AS text), CAST(:after_id AS uuid)))
ORDER BY contract.contract_code, contract.item_no, contract.id
LIMIT :row_limit
