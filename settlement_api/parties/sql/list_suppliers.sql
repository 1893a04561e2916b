-- Suppliers in the order of their names, from a cursor on.
SELECT id, uscc, name, name_pinyin, is_sme, suspended_from, successor_id
FROM supplier
WHERE CAST(:after_name AS text) IS NULL OR (name_pinyin, id) > (:after_name, CAST(:after_id AS uuid))
ORDER BY name_pinyin, id
LIMIT :row_limit
