-- What of each taken share is set off, and what is left to pay in cash.
WITH side AS (
    SELECT positive_share_id AS share_id, sum(amount_minor)::bigint AS amount_minor
    FROM share_set_off
    GROUP BY positive_share_id
    UNION ALL
    SELECT negative_share_id, -sum(amount_minor)::bigint
    FROM share_set_off
    GROUP BY negative_share_id
),
settled AS (
    SELECT eligible.share_id, coalesce(side.amount_minor, 0) AS set_off_minor
    FROM eligible_share AS eligible
    LEFT JOIN side ON side.share_id = eligible.share_id
    WHERE eligible.reason IS NULL
)
UPDATE eligible_share
SET
    set_off_minor = settled.set_off_minor,
    cash_minor = eligible_share.open_minor - settled.set_off_minor
FROM settled
WHERE eligible_share.share_id = settled.share_id
