-- Open payables become committed; those in another state are left and not returned.
WITH locked AS (
    SELECT id
    FROM payable
    WHERE area_code = :area_code
      AND id = ANY(CAST(:payable_ids AS uuid[]))
      AND status = 'open'
    ORDER BY id
    FOR UPDATE
)
UPDATE payable
SET status = 'committed'
FROM locked
WHERE payable.area_code = :area_code AND payable.id = locked.id AND payable.status = 'open'
RETURNING payable.id, payable.hospital_id, payable.supplier_id, payable.quantity_milli,
          payable.amount_minor, payable.kind, payable.adjusts_payable_id, payable.due_date,
          payable.clock_start_date
