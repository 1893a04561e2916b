-- Brings the shortfall cases of a batch to what its payments amount to now.
WITH standing AS (
    SELECT hospital_id, scheme, month, sum(shortfall_minor)::bigint AS shortfall_minor
    FROM unnest(
        CAST(:hospital_ids AS uuid[]), CAST(:schemes AS text[]), CAST(:months AS text[]),
        CAST(:amounts AS bigint[])
    ) AS given (hospital_id, scheme, month, shortfall_minor)
    GROUP BY hospital_id, scheme, month
)
INSERT INTO shortfall_case (area_code, payment_batch_id, hospital_id, scheme, month,
    shortfall_minor, recovered_minor, opened_at)
SELECT :area_code, :batch_id, hospital_id, scheme, month, shortfall_minor, 0, :at
FROM standing
WHERE shortfall_minor > 0 OR EXISTS (
    SELECT 1 FROM shortfall_case AS known
    WHERE known.area_code = :area_code AND known.payment_batch_id = :batch_id
      AND known.hospital_id = standing.hospital_id
)
ORDER BY hospital_id
ON CONFLICT (area_code, payment_batch_id, hospital_id) DO UPDATE
SET shortfall_minor = excluded.shortfall_minor
WHERE shortfall_case.shortfall_minor <> excluded.shortfall_minor
