-- What the bank sent back for these messages, with the bytes as encrypted.
SELECT
    answer.id, submission.message_id, answer.source, answer.verdict, answer.http_status,
    encode(answer.body_sha256, 'hex') AS body_sha256, answer.received_at, answer.body_ciphertext,
    answer.key_id
FROM bank_message AS answer
JOIN submission
    ON submission.area_code = answer.area_code AND submission.id = answer.submission_id
WHERE answer.area_code = :area_code AND answer.submission_id = ANY(CAST(:ids AS uuid[]))
ORDER BY answer.received_at, answer.id
LIMIT :most
