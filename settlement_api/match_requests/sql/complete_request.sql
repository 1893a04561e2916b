-- running -> completed, when every component was matched.
UPDATE match_request
SET status = 'completed', ended_at = CAST(:at AS timestamptz)
WHERE area_code = :area_code AND id = :id AND status = 'running' AND done_count = component_count
RETURNING
    component_count, run_count, order_line_count, matched_minor, waiting_minor, held_minor
