-- Discrepancies of these decisions are open again, those found anew since included.
UPDATE discrepancy
SET status = 'open', note = NULL, resolved_by = NULL, resolution_id = NULL, act_by_date = NULL
WHERE area_code = :area_code
  AND resolution_id = ANY(CAST(:resolution_ids AS uuid[]))
  AND status <> 'superseded'
