-- Open payables become committed; those in another state are left and not returned.
WITH wanted AS (
    SELECT unnest(CAST(:payable_ids AS uuid[])) AS id
),
locked AS (
    SELECT payable.id
    FROM payable
    JOIN wanted ON wanted.id = payable.id
    WHERE payable.area_code = :area_code AND payable.status = 'open'
    ORDER BY payable.id
    FOR UPDATE OF payable
)
UPDATE payable
SET status = 'committed'
FROM locked
WHERE payable.area_code = :area_code AND payable.id = locked.id AND payable.status = 'open'
RETURNING payable.id, payable.hospital_id, payable.supplier_id, payable.quantity_milli,
          payable.amount_minor, payable.kind, payable.adjusts_payable_id, payable.due_date,
          payable.clock_start_date
