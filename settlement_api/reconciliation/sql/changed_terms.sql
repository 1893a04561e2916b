-- Products whose contracts, scopes, terms of charges or authorizations here were stored or superseded since then.
WITH changed AS (
    SELECT product_id
    FROM contract
    WHERE greatest(recorded_at, superseded_at) >= CAST(:since AS timestamptz)
    UNION
    SELECT contract.product_id
    FROM contract_scope
    JOIN contract ON contract.id = contract_scope.contract_id
    WHERE greatest(contract_scope.recorded_at, contract_scope.superseded_at)
        >= CAST(:since AS timestamptz)
    UNION
    SELECT contract.product_id
    FROM charge_term
    JOIN contract ON contract.contract_code = charge_term.contract_code
    WHERE greatest(charge_term.recorded_at, charge_term.superseded_at)
        >= CAST(:since AS timestamptz)
    UNION
    SELECT product_id
    FROM distributor_authorization
    WHERE area_code = :area_code
        AND greatest(recorded_at, superseded_at) >= CAST(:since AS timestamptz)
)
SELECT product.product_code
FROM changed
JOIN product ON product.id = changed.product_id
