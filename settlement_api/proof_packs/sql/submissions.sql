-- Messages to the bank with their bytes as encrypted.
SELECT
    id, message_id, message_kind, encode(body_sha256, 'hex') AS body_sha256, payment_count,
    control_sum_minor, encode(signature, 'hex') AS signature, signing_key, signed_at, sent_at,
    body_ciphertext, key_id
FROM submission
WHERE area_code = :area_code AND id = ANY(CAST(:ids AS uuid[]))
ORDER BY message_id
