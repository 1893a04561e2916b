-- Locks codes by their first claims, in one order for everybody.
SELECT code
FROM trace_code
WHERE code = ANY(CAST(:codes AS text[])) AND place = 0
ORDER BY code
FOR UPDATE
