-- Shares that batches left out, by number of the batch and reason.
SELECT
    batch.batch_no::bigint AS no,
    exclusion.reason,
    count(*) AS shares,
    sum(exclusion.amount_minor)::bigint AS amount_minor
FROM batch_exclusion AS exclusion
JOIN payment_batch AS batch
    ON batch.area_code = exclusion.area_code AND batch.id = exclusion.payment_batch_id
GROUP BY batch.batch_no, exclusion.reason
ORDER BY batch.batch_no, exclusion.reason
