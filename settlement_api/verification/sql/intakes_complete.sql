-- Does every intake and fund import account for each record it received?
WITH told AS (
    SELECT coalesce(area_code, 'all') AS area_code, id::text AS id, received_records AS received,
        accepted_records + unchanged_records + rejected_records AS accounted
    FROM intake
    WHERE state = 'applied'
    UNION ALL
    SELECT area_code, id::text, received_count,
        accepted_count + unchanged_count + rejected_count
    FROM fund_import
)
SELECT area_code, coalesce(sum(received), 0)::bigint AS examined,
    count(*) FILTER (WHERE received <> accounted)::bigint AS broken,
    NULL::bigint AS figure_minor, min(id) FILTER (WHERE received <> accounted) AS sample
FROM told
GROUP BY area_code
