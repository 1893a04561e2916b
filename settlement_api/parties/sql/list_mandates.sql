-- Mandates as now known, in the order they were recorded.
SELECT id, hospital_id, document_reference, valid_from, valid_to
FROM mandate
WHERE superseded_at IS NULL
  AND (CAST(:hospital_id AS uuid) IS NULL OR hospital_id = :hospital_id)
  AND (CAST(:after_id AS uuid) IS NULL OR id > :after_id)
ORDER BY id
LIMIT :row_limit
