-- Keeps match runs of the area out while payables are applied for.
SELECT last_run_number FROM match_head WHERE area_code = :area_code FOR SHARE
