-- running -> failed, with the code of what stood in the way.
UPDATE replay
SET status = 'failed', ended_at = CAST(:at AS timestamptz), failure = :failure
WHERE area_code = :area_code AND id = :id AND status = 'running'
