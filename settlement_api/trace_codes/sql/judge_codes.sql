-- A code stands twice where two claims on it count. Returns the codes for which that changed on
-- lines of other documents than those just stored.
WITH judged AS (
    SELECT
        code, place,
        is_active AND count(*) FILTER (WHERE is_active) OVER (PARTITION BY code) > 1 AS is_repeated
    FROM trace_code
    WHERE code = ANY(CAST(:codes AS text[]))
),
changed AS (
    UPDATE trace_code
    SET is_repeated = judged.is_repeated
    FROM judged
    WHERE trace_code.code = judged.code
      AND trace_code.place = judged.place
      AND trace_code.is_repeated <> judged.is_repeated
    RETURNING trace_code.code, trace_code.document_id
)
SELECT DISTINCT code
FROM changed
WHERE document_id <> ALL(CAST(:own_ids AS uuid[]))
ORDER BY code
