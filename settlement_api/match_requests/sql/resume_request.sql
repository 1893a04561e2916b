-- cancelled or failed -> requested: goes on where it stopped.
UPDATE match_request
SET status = 'requested', ended_at = NULL, failure = NULL
WHERE area_code = :area_code AND id = :id AND status IN ('cancelled', 'failed')
