-- What is over needs no list of what is left.
DELETE FROM replay_component
WHERE area_code = :area_code AND replay_id = :id
