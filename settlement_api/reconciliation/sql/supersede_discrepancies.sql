-- Marks discrepancies that a run no longer finds.
UPDATE discrepancy
SET status = 'superseded', superseded_by_run_id = :run_id
WHERE discrepancy.area_code = :area_code
  AND discrepancy.id = ANY(CAST(:ids AS uuid[]))
  AND discrepancy.status <> 'superseded'
