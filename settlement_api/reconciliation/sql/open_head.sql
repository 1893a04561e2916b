-- The area's head, made once.
INSERT INTO match_head (area_code, last_run_number)
VALUES (:area_code, 0)
ON CONFLICT (area_code) DO NOTHING
