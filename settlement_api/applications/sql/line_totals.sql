-- How many lines and how much stand in each status, for one application or all that are visible.
SELECT status, count(*) AS line_count, sum(amount_minor)::bigint AS amount_minor
FROM application_line
WHERE (CAST(:application_id AS uuid) IS NULL OR application_id = :application_id)
GROUP BY status
ORDER BY status
