-- The next components of a request that is running, from its place on.
INSERT INTO match_key (key_no, hospital_id, supplier_id, component_code)
SELECT
    component.position - request.done_count - 1, component.hospital_id, component.supplier_id,
    component.component_code
FROM match_request AS request
JOIN match_request_component AS component
  ON component.area_code = :area_code
 AND component.match_request_id = request.id
 AND component.position > request.done_count
 AND component.position <= request.done_count + :components
WHERE request.area_code = :area_code AND request.id = :match_request_id
  AND request.status = 'running'
