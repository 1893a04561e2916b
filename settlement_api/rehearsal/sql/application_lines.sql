-- Application lines by status and reason of dispute.
SELECT
    status,
    coalesce(dispute_reason, '') AS dispute_reason,
    count(*) AS lines,
    sum(amount_minor)::bigint AS amount_minor
FROM application_line
GROUP BY status, dispute_reason
ORDER BY status, dispute_reason
