-- Is any payment paid by two attempts, any attempt debited more than once, any share open twice?
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
open_twice AS (
    SELECT item.area_code, item.payable_share_id, min(item.payment_id::text)::uuid AS payment_id
    FROM payment_item AS item
    WHERE NOT item.is_final
    GROUP BY item.area_code, item.payable_share_id
    HAVING count(*) > 1
),
judged AS (
    SELECT payment.area_code, payment.id, payment.amount_minor,
        coalesce(attempt.paying, 0) > 1 OR coalesce(booked.debited, 0) > payment.amount_minor
            OR open_twice.payment_id IS NOT NULL AS twice
    FROM payment
    LEFT JOIN attempt
        ON attempt.area_code = payment.area_code AND attempt.payment_id = payment.id
    LEFT JOIN booked ON booked.area_code = payment.area_code AND booked.payment_id = payment.id
    LEFT JOIN open_twice
        ON open_twice.area_code = payment.area_code AND open_twice.payment_id = payment.id
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE twice)::bigint AS broken,
    sum(amount_minor)::bigint AS figure_minor, min(id::text) FILTER (WHERE twice) AS sample
FROM judged
GROUP BY area_code
