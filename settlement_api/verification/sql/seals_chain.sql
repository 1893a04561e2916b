-- Is every chain numbered to its head, each link as computed, and each event sealed or waiting?
WITH link AS (
    SELECT seal.area_code, seal.event_id, seal.number, seal.link,
        seal.number <> row_number() OVER along
            OR seal.previous <> coalesce(
                lag(seal.link) OVER along, decode(repeat('00', 32), 'hex')
            )
            OR seal.link <> sha256(
                seal.previous || int8send(seal.number) || convert_to(seal.kind, 'UTF8')
                || uuid_send(seal.event_id) || seal.digest
            ) AS wrong
    FROM seal
    WINDOW along AS (PARTITION BY seal.area_code ORDER BY seal.number)
),
tail AS (
    SELECT DISTINCT ON (area_code) area_code, number, link
    FROM seal
    ORDER BY area_code, number DESC
),
event AS (
    SELECT area_code, id FROM outbox_event
    UNION ALL
    SELECT '000000', id FROM platform_event
),
judged AS (
    SELECT area_code, event_id, 1 AS examined, wrong FROM link
    UNION ALL
    SELECT area_code, NULL, 0,
        tail.number IS DISTINCT FROM coalesce(head.number, 0)
            AND (tail.number IS NOT NULL OR head.number > 0)
            OR tail.link IS NOT NULL AND tail.link IS DISTINCT FROM head.link
    FROM tail
    FULL JOIN seal_head AS head USING (area_code)
    UNION ALL
    SELECT event.area_code, event.id, 0, true
    FROM event
    LEFT JOIN seal ON seal.area_code = event.area_code AND seal.event_id = event.id
    LEFT JOIN outbox_pending AS pending
        ON pending.area_code = event.area_code AND pending.event_id = event.id
    WHERE seal.event_id IS NULL AND pending.event_id IS NULL
)
SELECT area_code, sum(examined)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    NULL::bigint AS figure_minor, min(event_id::text) FILTER (WHERE wrong) AS sample
FROM judged
GROUP BY area_code
