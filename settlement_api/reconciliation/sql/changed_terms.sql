-- Products whose contracts, scopes, terms of charges or authorizations here were stored or superseded
-- since then, and all products of the groups that one was put into or taken out of, as they were and
-- as they are.
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
    UNION
    SELECT member.product_id
    FROM product_group_member AS moved
    JOIN product_group_member AS member
      ON member.round_id = moved.round_id AND member.group_code = moved.group_code
    WHERE greatest(moved.recorded_at, moved.superseded_at) >= CAST(:since AS timestamptz)
      AND (
            member.superseded_at IS NULL
            OR member.superseded_at >= CAST(:since AS timestamptz)
        )
)
SELECT product.product_code
FROM changed
JOIN product ON product.id = changed.product_id
