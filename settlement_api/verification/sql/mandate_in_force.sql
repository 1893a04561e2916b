-- Had every hospital that was paid for a mandate in force, and known, when it was released?
-- One that was learned of afterwards (a backdated import) heals nothing; nor does one that a
-- correction had replaced by then.
WITH paid AS (
    SELECT item.area_code, item.hospital_id,
        batch.released_at, (batch.released_at AT TIME ZONE 'Asia/Shanghai')::date AS released_date,
        count(*) AS items, sum(item.amount_minor) AS amount_minor
    FROM payment_attempt AS attempt
    JOIN payment ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
    JOIN payment_batch AS batch
        ON batch.area_code = payment.area_code AND batch.id = payment.payment_batch_id
    JOIN payment_item AS item
        ON item.area_code = payment.area_code AND item.payment_id = payment.id
    WHERE attempt.posted_paid_minor > 0
    GROUP BY item.area_code, item.hospital_id, batch.released_at
),
judged AS (
    SELECT paid.*, EXISTS (
        SELECT 1 FROM mandate
        WHERE mandate.area_code = paid.area_code AND mandate.hospital_id = paid.hospital_id
          AND mandate.valid_from <= paid.released_date
          AND (mandate.valid_to IS NULL OR mandate.valid_to >= paid.released_date)
          AND mandate.learned_at <= paid.released_at
          AND (mandate.superseded_at IS NULL OR mandate.superseded_at > paid.released_at)
    ) AS mandated
    FROM paid
)
SELECT area_code, sum(items)::bigint AS examined,
    count(*) FILTER (WHERE NOT mandated)::bigint AS broken,
    sum(amount_minor)::bigint AS figure_minor,
    min(hospital_id::text) FILTER (WHERE NOT mandated) AS sample
FROM judged
GROUP BY area_code
