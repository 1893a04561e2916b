-- Makes the first attempt at every payment of a released batch that has none yet.
WITH waiting AS MATERIALIZED (
    SELECT uuidv7() AS id, payment.id AS payment_id, payment.amount_minor
    FROM payment
    WHERE payment.area_code = :area_code AND payment.payment_batch_id = :batch_id
      AND NOT EXISTS (
          SELECT 1 FROM payment_attempt
          WHERE payment_attempt.area_code = payment.area_code
            AND payment_attempt.payment_id = payment.id
      )
)
INSERT INTO payment_attempt
    (area_code, id, payment_id, attempt_no, end_to_end_id, amount_minor, decision_state)
SELECT :area_code, id, payment_id, 1, replace(id::text, '-', ''), amount_minor, 'approved'
FROM waiting
RETURNING id, payment_id, amount_minor
