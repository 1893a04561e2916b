-- Messages that wait for a signature, or have one that nobody checked; batches that are halted wait.
SELECT submission.id, submission.payment_batch_id, submission.signing_key IS NOT NULL AS is_signed
FROM submission
JOIN payment_batch AS batch
    ON batch.area_code = submission.area_code AND batch.id = submission.payment_batch_id
    AND batch.halted_at IS NULL
WHERE submission.area_code = :area_code AND submission.state = 'stored'
ORDER BY submission.id
