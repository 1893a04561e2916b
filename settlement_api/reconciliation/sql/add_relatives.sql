-- The components of the other products of the groups touched, and of the suppliers touched under
-- every name that they had or have: predecessors and successors.
WITH RECURSIVE later (supplier_id, id) AS (
    SELECT DISTINCT supplier_id, supplier_id
    FROM match_key
    WHERE NOT starts_with(component_code, 'charge:')
    UNION
    SELECT later.supplier_id, supplier.successor_id
    FROM later
    JOIN supplier ON supplier.id = later.id
    WHERE supplier.successor_id IS NOT NULL
),
today AS (
    SELECT later.supplier_id, later.id AS head_id
    FROM later
    JOIN supplier ON supplier.id = later.id
    WHERE supplier.successor_id IS NULL
),
family (head_id, id) AS (
    SELECT DISTINCT head_id, head_id FROM today
    UNION
    SELECT family.head_id, supplier.id
    FROM family
    JOIN supplier ON supplier.successor_id = family.id
),
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
        match_key.hospital_id, family.id AS supplier_id,
        coalesce(sibling.product_code, match_key.component_code) AS component_code
    FROM match_key
    JOIN today ON today.supplier_id = match_key.supplier_id
    JOIN family ON family.head_id = today.head_id
    LEFT JOIN sibling ON sibling.component_code = match_key.component_code
    WHERE NOT starts_with(match_key.component_code, 'charge:')
    EXCEPT
    SELECT hospital_id, supplier_id, component_code FROM match_key
) AS relative
