-- Hospitals a batch pays for whose mandate is not in force on a day.
SELECT hospital.hospital_code
FROM batch_recovery AS recovery
JOIN hospital ON hospital.area_code = recovery.area_code AND hospital.id = recovery.hospital_id
WHERE recovery.area_code = :area_code
  AND recovery.payment_batch_id = :batch_id
  AND NOT EXISTS (
      SELECT 1
      FROM mandate
      WHERE mandate.area_code = recovery.area_code
        AND mandate.hospital_id = recovery.hospital_id
        AND mandate.superseded_at IS NULL
        AND mandate.valid_from <= :on
        AND (mandate.valid_to IS NULL OR mandate.valid_to >= :on)
  )
ORDER BY hospital.hospital_code
