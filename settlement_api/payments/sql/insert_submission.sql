-- Stores the exact bytes of one message.
INSERT INTO submission (
    area_code, id, payment_batch_id, agency_account_id, bank_code, message_id, message_kind,
    body_ciphertext, key_id, body_sha256, signature, payment_count, control_sum_minor,
    execution_date, state
)
VALUES (
    :area_code, :id, :batch_id, :account_id, :bank_code, :message_id, :message_kind,
    :ciphertext, :key_id, :sha256, :signature, :payment_count, :control_sum_minor,
    :execution_date, :state
)
