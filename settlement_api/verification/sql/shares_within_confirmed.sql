-- Does every share's balance stay within what was confirmed, and say what its rows say?
WITH item AS (
    SELECT item.area_code, item.payable_share_id,
        sum(item.amount_minor) FILTER (WHERE NOT item.is_final) AS reserved
    FROM payment_item AS item
    GROUP BY item.area_code, item.payable_share_id
),
moved AS (
    SELECT item.area_code, item.payable_share_id,
        item.amount_minor AS paid, item.amount_minor, attempt.amount_minor AS whole,
        attempt.posted_returned_minor AS back,
        sum(item.amount_minor) OVER (
            PARTITION BY attempt.area_code, attempt.id ORDER BY item.id
        ) AS upto
    FROM payment_attempt AS attempt
    JOIN payment_item AS item
        ON item.area_code = attempt.area_code AND item.payment_id = attempt.payment_id
    WHERE attempt.posted_paid_minor > 0
),
paid AS (
    SELECT area_code, payable_share_id, sum(paid) AS paid,
        sum(CASE
            WHEN back = 0 THEN 0
            ELSE div(2 * back * upto + whole, 2 * whole)
                - div(2 * back * (upto - amount_minor) + whole, 2 * whole)
        END) AS returned
    FROM moved
    GROUP BY area_code, payable_share_id
),
netted AS (
    SELECT area_code, share_id, sum(amount_minor) AS set_off
    FROM (
        SELECT area_code, positive_share_id AS share_id, amount_minor
        FROM set_off WHERE NOT is_voided
        UNION ALL
        SELECT area_code, negative_share_id, -amount_minor FROM set_off WHERE NOT is_voided
    ) AS side
    GROUP BY area_code, share_id
),
judged AS (
    SELECT share.area_code, share.id, share.paid_minor - share.returned_minor AS kept,
        share.confirmed_minor > 0 AND share.reserved_minor + share.paid_minor
            - share.returned_minor + share.set_off_minor > share.confirmed_minor
        OR share.reserved_minor <> coalesce(item.reserved, 0)
        OR share.paid_minor <> coalesce(paid.paid, 0)
        OR share.returned_minor <> coalesce(paid.returned, 0)
        OR share.set_off_minor <> coalesce(netted.set_off, 0) AS wrong
    FROM payable_share AS share
    LEFT JOIN item
        ON item.area_code = share.area_code AND item.payable_share_id = share.id
    LEFT JOIN paid ON paid.area_code = share.area_code AND paid.payable_share_id = share.id
    LEFT JOIN netted ON netted.area_code = share.area_code AND netted.share_id = share.id
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    sum(kept)::bigint AS figure_minor, min(id::text) FILTER (WHERE wrong) AS sample
FROM judged
GROUP BY area_code
