-- Has each line accepted by the cut-off of the latest batch a share there, or a reason why not?
-- What no freeze ever took up (a line without shares, a share never in any payment or set-off)
-- must be among what that batch left out.
WITH latest AS (
    SELECT DISTINCT ON (area_code, scheme) area_code, scheme, id, cutoff_at
    FROM payment_batch
    ORDER BY area_code, scheme, cutoff_at DESC, id DESC
),
latest_of_area AS (
    SELECT DISTINCT ON (area_code) area_code, id, cutoff_at
    FROM latest
    ORDER BY area_code, cutoff_at DESC, id DESC
),
part AS (
    SELECT line.area_code, line.id, share.id AS share_id, latest.id AS batch_id,
        share.confirmed_minor AS amount_minor
    FROM application_line AS line
    JOIN payable_share AS share
        ON share.area_code = line.area_code AND share.application_line_id = line.id
    JOIN latest
        ON latest.area_code = line.area_code AND latest.scheme = share.scheme
        AND latest.cutoff_at >= line.accepted_at
    WHERE line.status = 'accepted'
    UNION ALL
    SELECT line.area_code, line.id, NULL, latest.id, line.amount_minor
    FROM application_line AS line
    JOIN latest_of_area AS latest
        ON latest.area_code = line.area_code AND latest.cutoff_at >= line.accepted_at
    WHERE line.status = 'accepted' AND NOT line.shares_fixed
),
taken AS (
    SELECT area_code, payable_share_id AS share_id FROM payment_item
    UNION
    SELECT area_code, positive_share_id FROM set_off
    UNION
    SELECT area_code, negative_share_id FROM set_off
),
judged AS (
    SELECT part.area_code, part.id, part.amount_minor,
        taken.share_id IS NULL AND exclusion.id IS NULL AS forgotten
    FROM part
    LEFT JOIN taken ON taken.area_code = part.area_code AND taken.share_id = part.share_id
    LEFT JOIN batch_exclusion AS exclusion
        ON exclusion.area_code = part.area_code AND exclusion.payment_batch_id = part.batch_id
        AND exclusion.application_line_id = part.id
)
SELECT area_code, count(*)::bigint AS examined,
    count(*) FILTER (WHERE forgotten)::bigint AS broken,
    sum(amount_minor)::bigint AS figure_minor, min(id::text) FILTER (WHERE forgotten) AS sample
FROM judged
GROUP BY area_code
