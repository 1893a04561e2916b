-- Marks events of the last day that were written without a mark for the sealer.
INSERT INTO outbox_pending (area_code, event_id)
SELECT :area_code, event.id
FROM outbox_event AS event
WHERE event.area_code = :area_code
  AND event.id > (SELECT uuidv7(interval '-1 day'))
  AND NOT EXISTS (
      SELECT FROM seal
      WHERE seal.area_code = :area_code AND seal.event_id = event.id
  )
ON CONFLICT DO NOTHING
