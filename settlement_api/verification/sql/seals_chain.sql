-- Is every area's audit chain numbered from 1 to its head, each link on the one before it?
WITH judged AS (
    SELECT seal.area_code, seal.number, seal.event_id,
        seal.number <> row_number() OVER (PARTITION BY seal.area_code ORDER BY seal.number)
        OR seal.previous <> coalesce(
            lag(seal.link) OVER (PARTITION BY seal.area_code ORDER BY seal.number),
            decode(repeat('00', 32), 'hex')
        ) AS wrong
    FROM seal
)
SELECT judged.area_code, count(*)::bigint AS examined,
    (count(*) FILTER (WHERE judged.wrong)
        + (max(judged.number) <> max(head.number))::integer)::bigint AS broken,
    NULL::bigint AS figure_minor, min(judged.event_id::text) FILTER (WHERE judged.wrong) AS sample
FROM judged
LEFT JOIN seal_head AS head ON head.area_code = judged.area_code
GROUP BY judged.area_code
