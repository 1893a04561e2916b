-- In which form these bodies came.
SELECT id, format, encoding, compressed, byte_count
FROM intake
WHERE id = ANY(CAST(:ids AS uuid[]))
ORDER BY id
