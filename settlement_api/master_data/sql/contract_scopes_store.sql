-- Adds the scopes that a contract does not have yet.
WITH added AS (
    INSERT INTO contract_scope (contract_id, scope_code)
    SELECT contract.id, scope_code
    FROM staged
    JOIN contract USING (contract_code, item_no, manufacturer, valid_from)
    CROSS JOIN LATERAL unnest(staged.scopes) AS scope_code
    WHERE contract.superseded_at IS NULL
    ORDER BY contract.id, scope_code
    ON CONFLICT (contract_id, scope_code) WHERE superseded_at IS NULL DO NOTHING
    RETURNING contract_id
)
SELECT DISTINCT staged.row_no
FROM staged
JOIN contract USING (contract_code, item_no, manufacturer, valid_from)
JOIN added ON added.contract_id = contract.id
