-- Takes the area's next run number and an id for the run, and with them the sole right to match it in this transaction.
UPDATE match_head
SET last_run_number = last_run_number + 1
WHERE match_head.area_code = :area_code
RETURNING last_run_number AS run_number, uuidv7() AS run_id
