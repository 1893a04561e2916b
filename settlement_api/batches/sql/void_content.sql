-- Gives back what a batch holds: reserved and set-off balances; its items will never be sent.
WITH item AS (
    UPDATE payment_item
    SET is_final = true
    FROM payment
    WHERE payment.area_code = :area_code
      AND payment.payment_batch_id = :batch_id
      AND payment_item.area_code = :area_code
      AND payment_item.payment_id = payment.id
    RETURNING payment_item.payable_share_id, payment_item.amount_minor
),
undone AS (
    UPDATE set_off
    SET is_voided = true
    WHERE area_code = :area_code AND payment_batch_id = :batch_id
    RETURNING negative_share_id, positive_share_id, amount_minor
),
part AS (
    SELECT payable_share_id AS share_id, amount_minor AS reserved_minor, 0 AS set_off_minor
    FROM item
    UNION ALL
    SELECT positive_share_id, 0, amount_minor
    FROM undone
    UNION ALL
    SELECT negative_share_id, 0, -amount_minor
    FROM undone
),
given_back AS (
    SELECT
        share_id,
        sum(reserved_minor)::bigint AS reserved_minor,
        sum(set_off_minor)::bigint AS set_off_minor
    FROM part
    GROUP BY share_id
)
UPDATE payable_share AS share
SET
    reserved_minor = share.reserved_minor - given_back.reserved_minor,
    set_off_minor = share.set_off_minor - given_back.set_off_minor
FROM given_back
WHERE share.area_code = :area_code AND share.id = given_back.share_id
