-- A kept answer that nobody has read yet, with the id of the message it answers; locked.
SELECT bank_message.id, bank_message.submission_id, bank_message.source, bank_message.inquiry_no,
    bank_message.asked_end_to_end_id, bank_message.verdict, bank_message.body_ciphertext,
    bank_message.key_id, submission.message_id, submission.delivery_count > 1 AS is_redelivered,
    bank_message.http_status
FROM bank_message
JOIN submission
    ON submission.area_code = bank_message.area_code
    AND submission.id = bank_message.submission_id
WHERE bank_message.area_code = :area_code AND bank_message.id = :message_id
  AND bank_message.read_at IS NULL
FOR NO KEY UPDATE OF bank_message
