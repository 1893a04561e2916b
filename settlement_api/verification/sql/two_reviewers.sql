-- Was every accepted line confirmed, and reviewed by two people?
WITH judged AS (
    SELECT line.area_code, line.id, line.amount_minor,
        line.confirmed_by IS NULL OR line.first_reviewed_by IS NULL
            OR line.re_reviewed_by IS NULL OR line.first_reviewed_by = line.re_reviewed_by
            OR line.confirmed_by IN (line.first_reviewed_by, line.re_reviewed_by) AS wrong
    FROM application_line AS line
    WHERE line.status = 'accepted'
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    sum(amount_minor)::bigint AS figure_minor, min(id::text) FILTER (WHERE wrong) AS sample
FROM judged
GROUP BY area_code
