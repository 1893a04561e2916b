-- How many components the replay is about.
UPDATE replay
SET component_count = :component_count
WHERE area_code = :area_code AND id = :id AND component_count IS NULL
