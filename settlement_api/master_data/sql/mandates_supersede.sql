-- Marks the mandates whose period this file corrects.
UPDATE mandate
SET superseded_at = :at
FROM staged
JOIN hospital_registry USING (hospital_code)
WHERE mandate.area_code = hospital_registry.area_code
  AND mandate.hospital_id = hospital_registry.hospital_id
  AND mandate.document_reference = staged.document_reference
  AND mandate.superseded_at IS NULL
  AND (mandate.valid_from, mandate.valid_to) IS DISTINCT FROM (staged.valid_from, staged.valid_to)
RETURNING staged.row_no
