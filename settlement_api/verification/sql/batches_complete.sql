-- Does every batch take or leave out, with a reason, each fen that was eligible?
WITH excluded AS (
    SELECT area_code, payment_batch_id, count(*) AS lines, sum(amount_minor) AS amount_minor
    FROM batch_exclusion
    GROUP BY area_code, payment_batch_id
),
paying AS (
    SELECT area_code, payment_batch_id, count(*) AS payments, sum(amount_minor) AS amount_minor
    FROM payment
    GROUP BY area_code, payment_batch_id
),
itemized AS (
    SELECT payment.area_code, payment.payment_batch_id, sum(item.amount_minor) AS amount_minor
    FROM payment
    JOIN payment_item AS item
        ON item.area_code = payment.area_code AND item.payment_id = payment.id
    GROUP BY payment.area_code, payment.payment_batch_id
),
part AS (
    SELECT payment.area_code, payment.payment_batch_id, item.payable_share_id AS share_id
    FROM payment
    JOIN payment_item AS item
        ON item.area_code = payment.area_code AND item.payment_id = payment.id
    UNION
    SELECT area_code, payment_batch_id, positive_share_id FROM set_off
    UNION
    SELECT area_code, payment_batch_id, negative_share_id FROM set_off
),
taken AS (
    -- A share whose set-off took but a part may be left out with its rest: it counts once, there.
    SELECT part.area_code, part.payment_batch_id, count(*) AS shares
    FROM part
    WHERE NOT EXISTS (
        SELECT 1 FROM batch_exclusion AS exclusion
        WHERE exclusion.area_code = part.area_code
          AND exclusion.payment_batch_id = part.payment_batch_id
          AND exclusion.payable_share_id = part.share_id
    )
    GROUP BY part.area_code, part.payment_batch_id
),
judged AS (
    SELECT batch.area_code, batch.id, batch.eligible_count, batch.eligible_minor,
        batch.taken_count <> coalesce(taken.shares, 0)
            OR batch.left_out_count <> coalesce(excluded.lines, 0)
            OR batch.left_out_minor <> coalesce(excluded.amount_minor, 0)
            OR batch.payment_count <> coalesce(paying.payments, 0)
            OR batch.control_sum_minor <> coalesce(paying.amount_minor, 0)
            OR batch.control_sum_minor <> coalesce(itemized.amount_minor, 0) AS wrong
    FROM payment_batch AS batch
    LEFT JOIN excluded
        ON excluded.area_code = batch.area_code AND excluded.payment_batch_id = batch.id
    LEFT JOIN taken
        ON taken.area_code = batch.area_code AND taken.payment_batch_id = batch.id
    LEFT JOIN paying
        ON paying.area_code = batch.area_code AND paying.payment_batch_id = batch.id
    LEFT JOIN itemized
        ON itemized.area_code = batch.area_code AND itemized.payment_batch_id = batch.id
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    sum(eligible_minor)::bigint AS figure_minor, min(id::text) FILTER (WHERE wrong) AS sample
FROM judged
GROUP BY area_code
