-- Messages whose bytes are stored and wait for their signature, oldest first.
SELECT id, payment_batch_id, message_id, message_kind, body_ciphertext, key_id, body_sha256, payment_count,
    control_sum_minor
FROM submission
WHERE area_code = :area_code AND state = 'stored' AND signature IS NULL
ORDER BY id
LIMIT :row_limit
