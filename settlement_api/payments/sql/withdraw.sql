-- Voids a signed message that was not sent; nothing of it may have left.
UPDATE submission
SET state = 'voided'
WHERE area_code = :area_code AND id = :submission_id AND state = 'signed'
RETURNING payment_batch_id, message_id, payment_count
