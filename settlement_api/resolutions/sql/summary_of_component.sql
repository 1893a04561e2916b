-- The discrepancies of the component that a decision binds lines in.
WITH component AS (
    SELECT DISTINCT hospital_id, supplier_id, component_code
    FROM resolution_link
    WHERE area_code = :area_code AND resolution_id = :resolution_id
)
SELECT
    discrepancy.reason, discrepancy.effect, discrepancy.status, count(*) AS how_many,
    sum(discrepancy.quantity_milli)::bigint AS quantity_milli,
    sum(discrepancy.amount_minor)::bigint AS amount_minor
FROM component
JOIN discrepancy
  ON discrepancy.area_code = :area_code
 AND discrepancy.hospital_id = component.hospital_id
 AND discrepancy.supplier_id = component.supplier_id
 AND discrepancy.component_code = component.component_code
 AND discrepancy.status <> 'superseded'
GROUP BY discrepancy.reason, discrepancy.effect, discrepancy.status
ORDER BY discrepancy.reason, discrepancy.effect, discrepancy.status
