-- A code stands twice where two claims on it count. Returns the codes for which that changed on
-- lines of other documents than those just stored. However many claims a code has, two are looked
-- at, and those that are to be changed.
WITH judged AS (
    SELECT
        given.code,
        (
            SELECT count(*)
            FROM (
                SELECT FROM trace_code
                WHERE trace_code.code = given.code AND trace_code.is_active
                LIMIT 2
            ) AS counted
        ) > 1 AS is_repeated
    FROM unnest(CAST(:codes AS text[])) AS given (code)
),
changed AS (
    UPDATE trace_code
    SET is_repeated = judged.is_repeated
    FROM judged
    WHERE trace_code.code = judged.code
      AND trace_code.is_active
      AND trace_code.is_repeated = (NOT judged.is_repeated)
    RETURNING trace_code.code, trace_code.document_id
)
SELECT DISTINCT code
FROM changed
WHERE document_id <> ALL(CAST(:own_ids AS uuid[]))
ORDER BY code
