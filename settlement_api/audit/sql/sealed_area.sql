-- Links of a chain with their events, in order, after a given number.
SELECT seal.number, seal.kind, seal.event_id, seal.salt, seal.digest, seal.previous, seal.link,
       seal.mac,
       event.id, event.name, event.aggregate_id, event.aggregate_version, event.actor_kind,
       event.actor_id, event.actor_name, event.facts, event.occurred_at, event.recorded_at
FROM seal
LEFT JOIN outbox_event AS event ON event.area_code = seal.area_code AND event.id = seal.event_id
WHERE seal.area_code = :area_code AND seal.number > :after
ORDER BY seal.number
LIMIT :row_limit
