-- Discrepancies by their ids, superseded ones too.
SELECT discrepancy.*, 0 AS total
FROM discrepancy
WHERE discrepancy.area_code = ANY(CAST(:areas AS text[]))
  AND discrepancy.id = ANY(CAST(:ids AS uuid[]))
