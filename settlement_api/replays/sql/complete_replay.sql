-- running -> completed, when every component was replayed.
UPDATE replay
SET status = 'completed', ended_at = CAST(:at AS timestamptz)
WHERE area_code = :area_code AND id = :id AND status = 'running' AND done_count = component_count
RETURNING component_count, changed_count, matched_before_minor, matched_after_minor
