-- requested or running -> cancelled; a chunk under way is finished and counted.
UPDATE match_request
SET status = 'cancelled', ended_at = CAST(:at AS timestamptz)
WHERE area_code = :area_code AND id = :id AND status IN ('requested', 'running')
