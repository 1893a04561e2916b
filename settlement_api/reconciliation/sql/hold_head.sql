-- Keeps match runs and applications of the area out while people decide about what was found.
SELECT last_run_number FROM match_head WHERE area_code = :area_code FOR UPDATE
