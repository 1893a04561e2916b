-- Carried returns the caller may see, newest first, from a cursor on; open ones alone on demand.
SELECT known.id, known.area_code, known.hospital_id, known.supplier_id, known.scheme,
    known.amount_minor, known.carried_since, known.receivable_at, known.closed_at
FROM carried_return AS known
WHERE (CAST(:after AS uuid) IS NULL OR known.id < CAST(:after AS uuid))
  AND (NOT :only_open OR known.closed_at IS NULL)
ORDER BY known.id DESC
LIMIT :limit
