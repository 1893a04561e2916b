-- requested -> running, and the days it is about.
UPDATE replay
SET status = 'running', started_at = CAST(:at AS timestamptz)
WHERE area_code = :area_code AND id = :id AND status = 'requested'
RETURNING stretches
