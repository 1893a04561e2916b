-- requested -> running; whether its components were listed before (it was resumed).
UPDATE match_request
SET status = 'running', started_at = coalesce(started_at, CAST(:at AS timestamptz))
WHERE area_code = :area_code AND id = :id AND status = 'requested'
RETURNING component_count IS NOT NULL AS is_listed
