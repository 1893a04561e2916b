-- Is claim capacity consumed by what payments recovered, and reserved for what they will?
WITH moved AS (
    SELECT payment.area_code, item.hospital_id, payment.scheme, payment.claim_month AS month,
        item.amount_minor, item.recovery_minor, attempt.amount_minor AS whole,
        attempt.posted_returned_minor AS back,
        sum(item.amount_minor) OVER (
            PARTITION BY attempt.area_code, attempt.id ORDER BY item.id
        ) AS upto
    FROM payment_attempt AS attempt
    JOIN payment ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
    JOIN payment_item AS item
        ON item.area_code = attempt.area_code AND item.payment_id = attempt.payment_id
    WHERE attempt.posted_paid_minor > 0
),
returned AS (
    SELECT moved.*, CASE
        WHEN back = 0 THEN 0
        ELSE div(2 * back * upto + whole, 2 * whole)
            - div(2 * back * (upto - amount_minor) + whole, 2 * whole)
    END AS item_back
    FROM moved
),
used AS (
    SELECT area_code, hospital_id, scheme, month, recovery_minor - CASE
        WHEN item_back = 0 THEN 0
        ELSE div(2 * recovery_minor * item_back + amount_minor, 2 * amount_minor)
    END AS consumed
    FROM returned
    UNION ALL
    SELECT waiting.area_code, waiting.hospital_id, waiting.scheme, recovery.month,
        recovery.amount_minor
    FROM shortfall_case AS waiting
    JOIN shortfall_recovery AS recovery
        ON recovery.area_code = waiting.area_code AND recovery.shortfall_case_id = waiting.id
),
consumed AS (
    SELECT area_code, hospital_id, scheme, month, sum(consumed) AS consumed
    FROM used
    GROUP BY area_code, hospital_id, scheme, month
),
reserved AS (
    SELECT payment.area_code, item.hospital_id, payment.scheme, payment.claim_month AS month,
        sum(item.recovery_minor) AS reserved
    FROM payment
    JOIN payment_item AS item
        ON item.area_code = payment.area_code AND item.payment_id = payment.id
    WHERE NOT item.is_final
    GROUP BY payment.area_code, item.hospital_id, payment.scheme, payment.claim_month
),
judged AS (
    SELECT capacity.area_code, capacity.id, capacity.consumed_minor,
        capacity.consumed_minor <> coalesce(consumed.consumed, 0)
            OR capacity.reserved_minor <> coalesce(reserved.reserved, 0) AS wrong
    FROM claim_capacity AS capacity
    LEFT JOIN consumed
        ON consumed.area_code = capacity.area_code
        AND consumed.hospital_id = capacity.hospital_id
        AND consumed.scheme = capacity.scheme AND consumed.month = capacity.month
    LEFT JOIN reserved
        ON reserved.area_code = capacity.area_code
        AND reserved.hospital_id = capacity.hospital_id
        AND reserved.scheme = capacity.scheme AND reserved.month = capacity.month
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    sum(consumed_minor)::bigint AS figure_minor, min(id::text) FILTER (WHERE wrong) AS sample
FROM judged
GROUP BY area_code
