-- Takes the turn to ask about a message whose time has come and that still has open attempts.
UPDATE submission
SET inquiry_count = inquiry_count + 1, next_inquiry_at = :next_inquiry_at
WHERE area_code = :area_code AND id = :submission_id AND state = 'sending'
  AND next_inquiry_at <= :at AND inquiry_count = :asked
RETURNING id, message_id, message_kind, body_ciphertext, key_id, body_sha256, signature,
    payment_count, control_sum_minor, inquiry_count
