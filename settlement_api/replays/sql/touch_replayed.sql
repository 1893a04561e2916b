-- The next components of a replay, from its place on.
INSERT INTO match_key (key_no, hospital_id, supplier_id, component_code)
SELECT
    component.position - replay.done_count - 1, component.hospital_id, component.supplier_id,
    component.component_code
FROM replay
JOIN replay_component AS component
  ON component.area_code = :area_code
 AND component.replay_id = replay.id
 AND component.position > replay.done_count
 AND component.position <= replay.done_count + :components
WHERE replay.area_code = :area_code AND replay.id = :id
