-- Did three people decide on the content of every batch, the same three that the batch names?
WITH decided AS (
    SELECT area_code, subject_id, content_hash, count(DISTINCT user_id) AS people,
        min(user_id::text) FILTER (WHERE step = 'maker') AS maker,
        min(user_id::text) FILTER (WHERE step = 'checker') AS checker,
        min(user_id::text) FILTER (WHERE step = 'releaser') AS releaser
    FROM approval
    WHERE decision = 'approved' AND subject_kind = 'payment_batch'
    GROUP BY area_code, subject_id, content_hash
),
judged AS (
    SELECT batch.area_code, batch.id, batch.control_sum_minor,
        decided.maker IS DISTINCT FROM batch.made_by::text
            OR batch.status IN ('approved', 'released')
                AND decided.checker IS DISTINCT FROM batch.approved_by::text
            OR batch.status = 'released' AND (
                decided.releaser IS DISTINCT FROM batch.released_by::text OR decided.people <> 3
            ) AS wrong
    FROM payment_batch AS batch
    LEFT JOIN decided
        ON decided.area_code = batch.area_code AND decided.subject_id = batch.id
        AND decided.content_hash = batch.content_hash
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    sum(control_sum_minor)::bigint AS figure_minor, min(id::text) FILTER (WHERE wrong) AS sample
FROM judged
GROUP BY area_code
