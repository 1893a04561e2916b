-- Sealed events that some job follows, in order, after a given number.
SELECT seal.number, event.name, event.aggregate_id, event.aggregate_version, event.facts
FROM seal
JOIN outbox_event AS event ON event.area_code = seal.area_code AND event.id = seal.event_id
WHERE seal.area_code = :area_code AND seal.number > :after AND event.name = ANY(:names)
ORDER BY seal.number
