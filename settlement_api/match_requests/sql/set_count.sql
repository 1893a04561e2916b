-- How many components the request is about.
UPDATE match_request
SET component_count = :component_count
WHERE area_code = :area_code AND id = :id AND component_count IS NULL
