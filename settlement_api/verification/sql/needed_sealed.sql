-- How many events of each chain no longer wait for their seal?
WITH event AS (
    SELECT area_code, id FROM outbox_event
    UNION ALL
    SELECT '000000', id FROM platform_event
)
SELECT event.area_code, count(*)::bigint AS rows
FROM event
LEFT JOIN outbox_pending AS pending
    ON pending.area_code = event.area_code AND pending.event_id = event.id
WHERE pending.event_id IS NULL
GROUP BY event.area_code
