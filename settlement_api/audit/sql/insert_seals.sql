-- New links, the head moved to the last of them, and their events no longer pending.
WITH link AS (
    SELECT *
    FROM unnest(
        CAST(:numbers AS bigint[]), CAST(:event_ids AS uuid[]), CAST(:salts AS bytea[]),
        CAST(:digests AS bytea[]), CAST(:previous AS bytea[]), CAST(:links AS bytea[]),
        CAST(:macs AS bytea[])
    ) AS link (number, event_id, salt, digest, previous, link, mac)
),
sealed AS (
    INSERT INTO seal (area_code, number, kind, event_id, salt, digest, previous, link, mac)
    SELECT :area_code, number, :kind, event_id, salt, digest, previous, link, mac
    FROM link
),
moved AS (
    UPDATE seal_head
    SET number = last_link.number, link = last_link.link
    FROM (SELECT number, link FROM link ORDER BY number DESC LIMIT 1) AS last_link
    WHERE seal_head.area_code = :area_code
)
DELETE FROM outbox_pending
USING link
WHERE outbox_pending.area_code = :area_code AND outbox_pending.event_id = link.event_id
