-- Areas of receipt lines that state one of these trace codes.
SELECT DISTINCT area_code
FROM trace_code
WHERE code = ANY(CAST(:codes AS text[]))
ORDER BY area_code
