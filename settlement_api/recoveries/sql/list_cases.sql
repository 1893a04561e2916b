-- Shortfall cases the caller may see, newest first, from a cursor on; open ones alone on demand.
SELECT known.id, known.area_code, known.payment_batch_id, known.hospital_id, known.scheme,
    known.month, known.shortfall_minor, known.recovered_minor, known.opened_at
FROM shortfall_case AS known
WHERE (CAST(:after AS uuid) IS NULL OR known.id < CAST(:after AS uuid))
  AND (NOT :only_open OR known.recovered_minor < known.shortfall_minor)
ORDER BY known.id DESC
LIMIT :limit
