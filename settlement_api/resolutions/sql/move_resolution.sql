-- One guarded step of a decision and of the rows it is about; of many callers one wins.
WITH moved AS (
    UPDATE resolution
    SET status = :status_after,
        decided_by = coalesce(CAST(:decided_by AS uuid), decided_by),
        decided_at = coalesce(CAST(:decided_at AS timestamptz), decided_at)
    WHERE area_code = :area_code AND id = :resolution_id AND status = :status_before
    RETURNING *
),
findings AS (
    UPDATE resolution_finding AS finding
    SET status = moved.status
    FROM moved
    WHERE finding.area_code = moved.area_code AND finding.resolution_id = moved.id
),
links AS (
    UPDATE resolution_link AS made
    SET status = moved.status
    FROM moved
    WHERE made.area_code = moved.area_code AND made.resolution_id = moved.id
)
SELECT
    id, action, reason_code, remark, content_hash, item_count, amount_minor, undoes_resolution_id,
    status
FROM moved
