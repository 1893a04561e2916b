-- Marks open payables that a run no longer finds.
UPDATE payable
SET status = 'superseded', superseded_by_run_id = :run_id
WHERE payable.area_code = :area_code
  AND payable.id = ANY(CAST(:ids AS uuid[]))
  AND payable.status = 'open'
