-- Leaves out, in order, what the expenditure account cannot pay; the first that is too much ends it.
WITH running AS (
    SELECT share_id, sum(cash_minor) OVER (ORDER BY rank) AS upto
    FROM eligible_share
    WHERE cash_minor > 0
)
UPDATE eligible_share
SET reason = 'account_short', cash_minor = 0
FROM running
WHERE eligible_share.share_id = running.share_id AND running.upto > :spendable_minor
