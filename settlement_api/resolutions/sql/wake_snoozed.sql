-- Decisions to let discrepancies sleep lapse on their day, and so do the rows they are about.
WITH moved AS (
    UPDATE resolution
    SET status = 'lapsed'
    WHERE area_code = :area_code
      AND action = 'snooze'
      AND status = 'effective'
      AND act_by_date <= :on_date
    RETURNING *
),
findings AS (
    UPDATE resolution_finding AS finding
    SET status = moved.status
    FROM moved
    WHERE finding.area_code = moved.area_code AND finding.resolution_id = moved.id
)
SELECT
    id, action, reason_code, remark, content_hash, item_count, amount_minor, undoes_resolution_id,
    status
FROM moved
ORDER BY id
