-- The components of the other products of the groups touched, and of the suppliers touched under
-- every name that they had or have: predecessors and successors.
WITH RECURSIVE :present_names,
sibling AS (
    SELECT DISTINCT touched.component_code, product.product_code
    FROM (SELECT DISTINCT component_code FROM match_key) AS touched
    JOIN product AS known ON known.product_code = touched.component_code
    JOIN product_group_member AS own
      ON own.product_id = known.id AND own.superseded_at IS NULL
    JOIN product_group_member AS other
      ON other.round_id = own.round_id
     AND other.group_code = own.group_code
     AND other.superseded_at IS NULL
    JOIN product ON product.id = other.product_id
)
INSERT INTO match_key (key_no, hospital_id, supplier_id, component_code)
SELECT
    (SELECT count(*) FROM match_key) + row_number() OVER () - 1, hospital_id, supplier_id,
    component_code
FROM (
    SELECT
        match_key.hospital_id,
        coalesce(other_name.id, match_key.supplier_id) AS supplier_id,
        coalesce(sibling.product_code, match_key.component_code) AS component_code
    FROM match_key
    LEFT JOIN present_name AS own_name ON own_name.id = match_key.supplier_id
    LEFT JOIN present_name AS other_name ON other_name.head_id = own_name.head_id
    LEFT JOIN sibling ON sibling.component_code = match_key.component_code
    WHERE NOT starts_with(match_key.component_code, 'charge:')
      AND (other_name.id IS NOT NULL OR sibling.product_code IS NOT NULL)
    EXCEPT
    SELECT hospital_id, supplier_id, component_code FROM match_key
) AS relative
