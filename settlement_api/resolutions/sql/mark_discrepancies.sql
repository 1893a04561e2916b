-- A decision takes effect on the discrepancies it is about, if they are still open.
UPDATE discrepancy
SET status = finding.status_after, note = resolution.remark, resolved_by = resolution.proposed_by,
    resolution_id = resolution.id, act_by_date = resolution.act_by_date
FROM resolution
JOIN resolution_finding AS finding
  ON finding.area_code = resolution.area_code AND finding.resolution_id = resolution.id
WHERE resolution.area_code = :area_code
  AND resolution.id = :resolution_id
  AND discrepancy.area_code = resolution.area_code
  AND discrepancy.id = finding.discrepancy_id
  AND discrepancy.status = 'open'
