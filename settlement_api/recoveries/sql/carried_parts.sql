-- What of a batch's shortfalls has been recovered from later months, per hospital and month?
SELECT known.hospital_id, known.scheme, recovery.month,
    sum(recovery.amount_minor)::bigint AS amount_minor
FROM shortfall_case AS known
JOIN shortfall_recovery AS recovery
    ON recovery.area_code = known.area_code AND recovery.shortfall_case_id = known.id
WHERE known.area_code = :area_code AND known.payment_batch_id = :batch_id
GROUP BY known.hospital_id, known.scheme, recovery.month
HAVING sum(recovery.amount_minor) <> 0
ORDER BY known.hospital_id, recovery.month
