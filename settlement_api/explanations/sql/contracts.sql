-- Contract rows (price versions) by their ids, with the round they were won in.
SELECT contract.id, contract.contract_code, contract.item_no, contract.manufacturer,
    contract.pack_price_micro, contract.pack_size, contract.valid_from, contract.valid_to,
    contract.superseded_at, round.round_code
FROM contract
JOIN procurement_round AS round ON round.id = contract.round_id
WHERE contract.id = ANY(CAST(:ids AS uuid[]))
ORDER BY contract.id
