-- Sealed events about these aggregates, in the order of the chain.
SELECT
    seal.number, seal.kind, seal.event_id, seal.salt, seal.digest, seal.previous, seal.link,
    event.id, event.name, event.aggregate_id, event.aggregate_version, event.actor_kind,
    event.actor_id, event.actor_name, event.facts, event.occurred_at, event.recorded_at
FROM outbox_event AS event
JOIN seal ON seal.area_code = event.area_code AND seal.event_id = event.id
WHERE event.area_code = :area_code AND event.aggregate_id = ANY(CAST(:ids AS uuid[]))
ORDER BY seal.number
LIMIT :most
