-- Hospitals in the order of their names, from a cursor on.
SELECT id, area_code, hospital_code, name, name_pinyin, level, ownership, suspended_from
FROM hospital
WHERE CAST(:after_name AS text) IS NULL OR (name_pinyin, id) > (:after_name, CAST(:after_id AS uuid))
ORDER BY name_pinyin, id
LIMIT :row_limit
