-- Was every accepted line confirmed, and reviewed by two people?
SELECT line.area_code, count(*)::bigint AS examined,
    count(*) FILTER (
        WHERE line.confirmed_by IS NULL OR line.first_reviewed_by IS NULL
            OR line.re_reviewed_by IS NULL OR line.first_reviewed_by = line.re_reviewed_by
            OR line.confirmed_by IN (line.first_reviewed_by, line.re_reviewed_by)
    )::bigint AS broken,
    sum(line.amount_minor)::bigint AS figure_minor,
    min(line.id::text) FILTER (
        WHERE line.confirmed_by IS NULL OR line.first_reviewed_by IS NULL
            OR line.re_reviewed_by IS NULL OR line.first_reviewed_by = line.re_reviewed_by
    ) AS sample
FROM application_line AS line
WHERE line.status = 'accepted'
GROUP BY line.area_code
