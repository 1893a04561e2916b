-- The hospitals of the area with a mandate in force on a day, and the one recorded last.
SELECT DISTINCT ON (area_code, hospital_id) hospital_id, id AS mandate_id, document_reference
FROM mandate
WHERE area_code = :area_code
  AND superseded_at IS NULL
  AND valid_from <= :on
  AND (valid_to IS NULL OR valid_to >= :on)
ORDER BY area_code, hospital_id, recorded_at DESC, id
