-- How much of each payment is recovered from the hospital's claim, in order; the rest is short.
WITH running AS (
    SELECT
        eligible.share_id, eligible.cash_minor,
        sum(eligible.cash_minor) OVER (PARTITION BY eligible.hospital_id ORDER BY eligible.rank)
            AS upto,
        coalesce(claim_room.room_minor, 0) AS room_minor
    FROM eligible_share AS eligible
    LEFT JOIN claim_room ON claim_room.hospital_id = eligible.hospital_id
    WHERE eligible.cash_minor > 0
)
UPDATE eligible_share
SET recovery_minor = greatest(
    0, least(running.cash_minor, running.room_minor - (running.upto - running.cash_minor))
)::bigint
FROM running
WHERE eligible_share.share_id = running.share_id
