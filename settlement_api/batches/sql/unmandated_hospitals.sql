-- Hospitals a batch pays for that are not among those with a mandate in force.
SELECT hospital.hospital_code
FROM batch_recovery AS recovery
JOIN hospital ON hospital.area_code = recovery.area_code AND hospital.id = recovery.hospital_id
WHERE recovery.area_code = :area_code
  AND recovery.payment_batch_id = :batch_id
  AND recovery.hospital_id <> ALL(CAST(:mandated AS uuid[]))
ORDER BY hospital.hospital_code
