-- Payment batches by their ids, with the three people and the hash of what they approved.
SELECT batch.area_code, batch.id, batch.scheme, batch.period, batch.batch_no, batch.status,
    batch.cutoff_at, batch.payment_count, batch.control_sum_minor, batch.rule_pack_code,
    batch.rule_pack_version, encode(batch.content_hash, 'hex') AS content_hash,
    batch.made_by, batch.made_at, batch.approved_by, batch.approved_at, batch.released_by,
    batch.released_at, batch.voided_by, batch.voided_at, batch.void_reason
FROM payment_batch AS batch
WHERE batch.area_code = ANY(CAST(:areas AS text[])) AND batch.id = ANY(CAST(:ids AS uuid[]))
ORDER BY batch.id
