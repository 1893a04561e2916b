-- The components that the lines of a draft belong to.
INSERT INTO match_key (key_no, hospital_id, supplier_id, component_code)
SELECT row_number() OVER () - 1, CAST(:hospital_id AS uuid), CAST(:supplier_id AS uuid), code
FROM (SELECT DISTINCT unnest(CAST(:codes AS text[])) AS code) AS given
