-- What is complete needs no list of what is left.
DELETE FROM match_request_component
WHERE area_code = :area_code AND match_request_id = :id
