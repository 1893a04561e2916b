-- Is any payment paid by two attempts, any attempt debited more than once, any share paid beyond what it bears?
WITH attempt AS (
    SELECT area_code, payment_id,
        count(*) FILTER (WHERE posted_paid_minor > posted_returned_minor) AS paying
    FROM payment_attempt
    GROUP BY area_code, payment_id
),
booked AS (
    SELECT attempt.area_code, attempt.payment_id,
        sum(CASE WHEN entry.is_credit THEN -entry.amount_minor ELSE entry.amount_minor END)
            AS debited
    FROM payment_attempt AS attempt
    JOIN statement_entry AS entry
        ON entry.area_code = attempt.area_code AND entry.end_to_end_id = attempt.end_to_end_id
    GROUP BY attempt.area_code, attempt.payment_id
),
held AS (
    SELECT item.area_code, item.payable_share_id, sum(item.amount_minor) AS amount_minor,
        min(item.payment_id::text)::uuid AS payment_id
    FROM payment_item AS item
    WHERE NOT item.is_final OR EXISTS (
        SELECT 1 FROM payment_attempt AS attempt
        WHERE attempt.area_code = item.area_code AND attempt.payment_id = item.payment_id
          AND attempt.posted_paid_minor > 0 AND attempt.posted_returned_minor = 0
    )
    GROUP BY item.area_code, item.payable_share_id
),
beyond AS (
    SELECT held.area_code, held.payment_id
    FROM held
    JOIN payable_share AS share
        ON share.area_code = held.area_code AND share.id = held.payable_share_id
    WHERE held.amount_minor > share.confirmed_minor
),
overpaid AS (
    SELECT DISTINCT area_code, payment_id FROM beyond
),
judged AS (
    SELECT payment.area_code, payment.id, payment.amount_minor,
        coalesce(attempt.paying, 0) > 1 OR coalesce(booked.debited, 0) > payment.amount_minor
            OR overpaid.payment_id IS NOT NULL AS twice
    FROM payment
    LEFT JOIN attempt
        ON attempt.area_code = payment.area_code AND attempt.payment_id = payment.id
    LEFT JOIN booked ON booked.area_code = payment.area_code AND booked.payment_id = payment.id
    LEFT JOIN overpaid
        ON overpaid.area_code = payment.area_code AND overpaid.payment_id = payment.id
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE twice)::bigint AS broken,
    sum(amount_minor)::bigint AS figure_minor, min(id::text) FILTER (WHERE twice) AS sample
FROM judged
GROUP BY area_code
