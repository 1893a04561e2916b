-- What do the changes move on each item? Parts of a return are differences of rounded cumulatives.
-- An attempt that was refused, or followed by another, does not hold the reservation any more.
INSERT INTO payment_item_move
WITH item AS (
    SELECT
        payment_item.id, payment_item.payable_share_id, payment_item.hospital_id,
        payment_item.supplier_id, payment_item.amount_minor, payment_item.recovery_minor,
        change.attempt_id, change.amount_minor AS whole,
        change.returned_before, change.returned_after, change.released_after,
        sign((change.paid_after - change.paid_before)::numeric)::bigint AS paying,
        change.paid_before = 0 AND NOT change.released_before AND NOT EXISTS (
            SELECT 1 FROM payment_attempt AS attempt
            JOIN payment_attempt AS later
                ON later.area_code = attempt.area_code
                AND later.payment_id = attempt.payment_id
                AND later.attempt_no > attempt.attempt_no
            WHERE attempt.area_code = :area_code AND attempt.id = change.attempt_id
        ) AS holds,
        sum(payment_item.amount_minor) OVER (
            PARTITION BY change.attempt_id ORDER BY payment_item.id
        ) AS upto
    FROM payment_change AS change
    JOIN payment_item
        ON payment_item.area_code = :area_code AND payment_item.payment_id = change.payment_id
    WHERE change.paid_before <> change.paid_after
       OR change.returned_before <> change.returned_after
       OR change.released_before <> change.released_after
),
returned AS MATERIALIZED (
    SELECT item.*,
        CASE
            WHEN returned_before = 0 THEN 0
            ELSE div(2 * returned_before * upto + whole, 2 * whole)
                - div(2 * returned_before * (upto - amount_minor) + whole, 2 * whole)
        END AS back_before,
        CASE
            WHEN returned_after = 0 THEN 0
            ELSE div(2 * returned_after * upto + whole, 2 * whole)
                - div(2 * returned_after * (upto - amount_minor) + whole, 2 * whole)
        END AS back_after
    FROM item
),
recovered AS (
    SELECT returned.*,
        paying * recovery_minor AS recovering,
        CASE
            WHEN back_before = back_after THEN 0
            ELSE div(2 * recovery_minor * back_after + amount_minor, 2 * amount_minor)
                - div(2 * recovery_minor * back_before + amount_minor, 2 * amount_minor)
        END AS unrecovering
    FROM returned
)
SELECT
    id, payable_share_id, attempt_id, hospital_id, supplier_id,
    paying * amount_minor,
    (back_after - back_before)::bigint,
    CASE WHEN holds AND (paying = 1 OR released_after) THEN amount_minor ELSE 0 END,
    CASE WHEN holds AND released_after THEN recovery_minor ELSE 0 END,
    CASE WHEN holds AND paying = 1 THEN recovering ELSE 0 END,
    (CASE WHEN holds AND paying = 1 THEN 0 ELSE recovering END - unrecovering)::bigint
FROM recovered
