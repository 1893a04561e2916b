-- Were maker, checker and releaser three people, each with a recorded decision on this content?
WITH decided AS (
    SELECT area_code, subject_id, content_hash, count(DISTINCT user_id) AS people
    FROM approval
    WHERE decision = 'approved'
    GROUP BY area_code, subject_id, content_hash
),
judged AS (
    SELECT batch.area_code, batch.id, batch.control_sum_minor,
        batch.made_by = batch.approved_by OR batch.made_by = batch.released_by
            OR batch.approved_by = batch.released_by
            OR batch.status = 'released' AND coalesce(decided.people, 0) < 3 AS wrong
    FROM payment_batch AS batch
    LEFT JOIN decided
        ON decided.area_code = batch.area_code AND decided.subject_id = batch.id
        AND decided.content_hash = batch.content_hash
)
SELECT area_code, count(*)::bigint AS examined,
    count(*) FILTER (WHERE wrong IS TRUE)::bigint AS broken,
    sum(control_sum_minor)::bigint AS figure_minor,
    min(id::text) FILTER (WHERE wrong IS TRUE) AS sample
FROM judged
GROUP BY area_code
