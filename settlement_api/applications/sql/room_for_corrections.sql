-- What of these payables is still applied for, less the corrections applied for: fen that further
-- corrections can take away.
WITH standing AS (
    SELECT line.payable_id AS original_id, line.amount_minor
    FROM application_line AS line
    WHERE line.area_code = :area_code
      AND line.payable_id = ANY(CAST(:original_ids AS uuid[]))
      AND line.status NOT IN ('withdrawn', 'rejected')
    UNION ALL
    SELECT payable.adjusts_payable_id, line.amount_minor
    FROM payable
    JOIN application_line AS line
        ON line.area_code = payable.area_code AND line.payable_id = payable.id
    WHERE payable.area_code = :area_code
      AND payable.adjusts_payable_id = ANY(CAST(:original_ids AS uuid[]))
      AND line.status NOT IN ('withdrawn', 'rejected')
)
SELECT original_id, sum(amount_minor)::bigint AS room_minor
FROM standing
GROUP BY original_id
