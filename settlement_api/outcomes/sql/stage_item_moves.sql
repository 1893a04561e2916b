-- What do the changes move on each item? Parts of a return are differences of rounded cumulatives.
INSERT INTO payment_item_move
WITH item AS (
    SELECT
        payment_item.id, payment_item.payable_share_id, payment_item.hospital_id,
        payment_item.supplier_id, payment_item.amount_minor, payment_item.recovery_minor,
        change.attempt_id, change.amount_minor AS whole,
        change.returned_before, change.returned_after, change.paid_before, change.paid_after,
        change.released_before, change.released_after,
        sum(payment_item.amount_minor) OVER (
            PARTITION BY payment_item.payment_id ORDER BY payment_item.id
        ) AS upto
    FROM payment_change AS change
    JOIN payment_item
        ON payment_item.area_code = :area_code AND payment_item.payment_id = change.payment_id
    WHERE change.paid_before <> change.paid_after
       OR change.returned_before <> change.returned_after
       OR change.released_before <> change.released_after
),
returned AS (
    SELECT item.*,
        div(2 * returned_before * upto + whole, 2 * whole)
            - div(2 * returned_before * (upto - amount_minor) + whole, 2 * whole) AS back_before,
        div(2 * returned_after * upto + whole, 2 * whole)
            - div(2 * returned_after * (upto - amount_minor) + whole, 2 * whole) AS back_after
    FROM item
)
SELECT
    id, payable_share_id, attempt_id, hospital_id, supplier_id,
    CASE WHEN paid_after > paid_before THEN amount_minor ELSE 0 END,
    (back_after - back_before)::bigint,
    CASE WHEN released_after AND NOT released_before THEN amount_minor ELSE 0 END,
    released_before,
    CASE WHEN paid_after > paid_before THEN recovery_minor ELSE 0 END,
    (div(2 * recovery_minor * back_after + amount_minor, 2 * amount_minor)
        - div(2 * recovery_minor * back_before + amount_minor, 2 * amount_minor))::bigint,
    CASE WHEN released_after AND NOT released_before THEN recovery_minor ELSE 0 END
FROM returned
