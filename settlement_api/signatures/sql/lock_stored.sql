-- A message that waited for its signature and has it, locked after its attempts, as by whoever
-- withdraws it.
WITH bound AS MATERIALIZED (
    SELECT id
    FROM payment_attempt
    WHERE area_code = :area_code AND submission_id = :submission_id
    ORDER BY id
    FOR NO KEY UPDATE
)
SELECT id, message_id, message_kind, body_ciphertext, key_id, body_sha256, signature, signing_key,
    signed_at, payment_count, control_sum_minor, payment_batch_id
FROM submission
WHERE area_code = :area_code AND id = :submission_id AND state = 'stored'
  AND signing_key IS NOT NULL AND EXISTS (SELECT FROM bound)
FOR NO KEY UPDATE
