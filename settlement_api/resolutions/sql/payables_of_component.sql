-- How many payables stand in the component that a decision binds lines in, and their sum in fen.
SELECT count(payable.id) AS how_many, coalesce(sum(payable.amount_minor), 0)::bigint AS amount_minor
FROM (
    SELECT DISTINCT hospital_id, supplier_id, component_code
    FROM resolution_link
    WHERE area_code = :area_code AND resolution_id = :resolution_id
) AS component
JOIN payable
  ON payable.area_code = :area_code
 AND payable.hospital_id = component.hospital_id
 AND payable.supplier_id = component.supplier_id
 AND payable.component_code = component.component_code
 AND payable.status <> 'superseded'
