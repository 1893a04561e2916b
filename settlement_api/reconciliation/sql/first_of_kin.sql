-- Of components that are joined the first is listed: who touches one, touches them all.
SELECT DISTINCT ON (component.hospital_id, joined.head_id, joined.by)
    component.hospital_id, component.supplier_id, component.product_code
FROM component
LEFT JOIN product ON product.product_code = component.product_code
LEFT JOIN product_group_member AS member
  ON member.product_id = product.id AND member.superseded_at IS NULL
LEFT JOIN present_name
  ON present_name.id = component.supplier_id
 AND NOT starts_with(component.product_code, 'charge:')
CROSS JOIN LATERAL (
    SELECT
        coalesce(present_name.head_id, component.supplier_id) AS head_id,
        coalesce(
            member.round_id::text || ' ' || member.group_code, component.product_code
        ) AS by
) AS joined
WHERE component.product_code IS NOT NULL
ORDER BY component.hospital_id, joined.head_id, joined.by, component.supplier_id,
         component.product_code COLLATE "C"
