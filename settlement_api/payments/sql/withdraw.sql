-- Voids a message, signed or waiting for it, that was not sent; nothing of it may have left.
UPDATE submission
SET state = 'voided'
WHERE area_code = :area_code AND id = :submission_id AND state IN ('stored', 'signed')
RETURNING payment_batch_id, message_id, payment_count
