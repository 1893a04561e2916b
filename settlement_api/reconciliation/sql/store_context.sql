-- A decision context, stored once per digest; its id either way.
WITH stored AS (
    INSERT INTO decision_context (area_code, digest, content)
    VALUES (:area_code, :digest, CAST(:content AS jsonb))
    ON CONFLICT (area_code, digest) DO NOTHING
    RETURNING id
)
SELECT id FROM stored
UNION ALL
SELECT id FROM decision_context WHERE area_code = :area_code AND digest = :digest
LIMIT 1
