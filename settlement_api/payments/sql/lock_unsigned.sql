-- The next approved attempts of a batch, in an order that does not hang on our ids; locked.
-- Looked up payment by payment, whatever the planner believes of tables just filled.
WITH unsigned AS MATERIALIZED (
    SELECT open_attempt.id, open_attempt.end_to_end_id, open_attempt.amount_minor,
        payment.id AS payment_id, payment.payee_name, payment.payee_cnaps_code,
        payment.payee_account_ciphertext, payment.payee_key_id, payment.payee_account_last4,
        payment.payee_account_id, payment.payee_account_blind_index,
        payment.remittance, payment.agency_account_id, payment.amount_minor AS payment_minor
    FROM payment
    CROSS JOIN LATERAL (
        SELECT attempt.id, attempt.end_to_end_id, attempt.amount_minor
        FROM payment_attempt AS attempt
        WHERE attempt.area_code = payment.area_code AND attempt.payment_id = payment.id
          AND attempt.decision_state = 'approved'
        LIMIT 1
    ) AS open_attempt
    WHERE payment.area_code = :area_code AND payment.payment_batch_id = :batch_id
    ORDER BY payment.payee_name, payment.payee_cnaps_code, payment.payee_account_last4,
        payment.amount_minor, payment.id
    LIMIT :limit
)
SELECT unsigned.*
FROM unsigned
CROSS JOIN LATERAL (
    SELECT attempt.id
    FROM payment_attempt AS attempt
    WHERE attempt.area_code = :area_code AND attempt.payment_id = unsigned.payment_id
      AND attempt.id = unsigned.id AND attempt.decision_state = 'approved'
    FOR NO KEY UPDATE
) AS locked
ORDER BY unsigned.payee_name, unsigned.payee_cnaps_code, unsigned.payee_account_last4,
    unsigned.amount_minor, unsigned.payment_id
