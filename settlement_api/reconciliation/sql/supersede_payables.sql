-- Marks open payables that a run no longer finds.
UPDATE payable
SET status = 'superseded', superseded_by_run_id = :run_id
FROM unnest(CAST(:ids AS uuid[])) AS gone (id)
WHERE payable.area_code = :area_code
  AND payable.id = gone.id
  AND payable.status = 'open'
