-- Do the parts of each payable add up to it, and the shares to their part?
WITH share AS (
    SELECT area_code, application_line_id, sum(confirmed_minor) AS confirmed
    FROM payable_share
    GROUP BY area_code, application_line_id
),
part AS (
    SELECT line.area_code, line.payable_id, sum(line.amount_minor) AS amount_minor,
        sum(line.quantity_milli) AS quantity_milli, count(*) AS parts,
        count(*) FILTER (
            WHERE line.shares_fixed AND share.confirmed IS DISTINCT FROM line.amount_minor
                OR NOT line.shares_fixed AND share.confirmed IS NOT NULL
        ) AS unlike
    FROM application_line AS line
    LEFT JOIN share
        ON share.area_code = line.area_code AND share.application_line_id = line.id
    WHERE line.status NOT IN ('withdrawn', 'rejected')
    GROUP BY line.area_code, line.payable_id
),
judged AS (
    SELECT part.area_code, part.payable_id, part.parts, part.amount_minor,
        part.unlike > 0 OR payable.id IS NULL OR payable.status <> 'committed'
            OR abs(part.amount_minor) > abs(payable.amount_minor)
            OR sign(part.amount_minor) <> sign(payable.amount_minor) AS wrong
    FROM part
    LEFT JOIN payable
        ON payable.area_code = part.area_code AND payable.id = part.payable_id
)
SELECT area_code, sum(parts)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    sum(amount_minor)::bigint AS figure_minor, min(payable_id::text) FILTER (WHERE wrong) AS sample
FROM judged
GROUP BY area_code
