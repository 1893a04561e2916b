-- Every seal with the event it is of, if that is still there; chain by chain.
SELECT seal.area_code, seal.number, seal.event_id, seal.salt, seal.digest, seal.link, seal.mac,
    event.id, event.name, event.aggregate_id, event.aggregate_version, event.actor_kind,
    event.actor_id, event.actor_name, event.facts, event.occurred_at, event.recorded_at
FROM seal
LEFT JOIN (
    SELECT * FROM outbox_event
    UNION ALL
    SELECT '000000', platform_event.* FROM platform_event
) AS event ON event.area_code = seal.area_code AND event.id = seal.event_id
ORDER BY seal.area_code, seal.number
