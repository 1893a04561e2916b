-- Every decision about the batch, in the order taken.
SELECT
    step, decision, reason, encode(content_hash, 'hex') AS content_hash, user_id, user_name,
    decided_at
FROM approval
WHERE area_code = :area_code AND subject_kind = 'payment_batch' AND subject_id = :batch_id
ORDER BY decided_at, id
