-- Marks discrepancies that a run no longer finds.
UPDATE discrepancy
SET status = 'superseded', superseded_by_run_id = :run_id
FROM unnest(CAST(:ids AS uuid[])) AS gone (id)
WHERE discrepancy.area_code = :area_code
  AND discrepancy.id = gone.id
  AND discrepancy.status <> 'superseded'
