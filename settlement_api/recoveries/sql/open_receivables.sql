-- Makes receivable what was carried for so many months.
UPDATE carried_return
SET receivable_at = :at
WHERE area_code = :area_code
  AND closed_at IS NULL
  AND receivable_at IS NULL
  AND carried_since + make_interval(months => :months) <= CAST(:on AS date)
RETURNING id, hospital_id, supplier_id, scheme, amount_minor, carried_since
