-- Events of the platform that became visible and are not sealed, oldest first.
SELECT event.id, event.name, event.aggregate_id, event.aggregate_version, event.actor_kind,
       event.actor_id, event.actor_name, event.facts, event.occurred_at, event.recorded_at
FROM outbox_pending AS pending
JOIN platform_event AS event ON event.id = pending.event_id
WHERE pending.area_code = :area_code
ORDER BY event.id
LIMIT :row_limit
