-- Where the pack leaves out what a hospital's claim does not cover: in order, until it is used up.
WITH running AS (
    SELECT
        eligible.share_id,
        sum(eligible.cash_minor) OVER (PARTITION BY eligible.hospital_id ORDER BY eligible.rank)
            AS upto,
        coalesce(claim_room.room_minor, 0) AS room_minor
    FROM eligible_share AS eligible
    LEFT JOIN claim_room ON claim_room.hospital_id = eligible.hospital_id
    WHERE eligible.cash_minor > 0
)
UPDATE eligible_share
SET reason = 'capacity_short', cash_minor = 0
FROM running
WHERE eligible_share.share_id = running.share_id AND running.upto > running.room_minor
