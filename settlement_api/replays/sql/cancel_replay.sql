-- requested or running -> cancelled; what was found so far stays to be looked at.
UPDATE replay
SET status = 'cancelled', ended_at = CAST(:at AS timestamptz)
WHERE area_code = :area_code AND id = :id AND status IN ('requested', 'running')
