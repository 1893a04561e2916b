-- Makes the next attempt at one payment, after two people decided that the last was not sent; none
-- when somebody made it meanwhile.
WITH next AS MATERIALIZED (
    SELECT uuidv7() AS id, max(attempt_no) + 1 AS attempt_no, max(amount_minor) AS amount_minor
    FROM payment_attempt
    WHERE area_code = :area_code AND payment_id = :payment_id
    HAVING bool_and(is_final)
)
INSERT INTO payment_attempt
    (area_code, id, payment_id, attempt_no, end_to_end_id, amount_minor, decision_state)
SELECT
    :area_code, id, CAST(:payment_id AS uuid), attempt_no, replace(id::text, '-', ''),
    amount_minor, 'approved'
FROM next
RETURNING id, payment_id, amount_minor
