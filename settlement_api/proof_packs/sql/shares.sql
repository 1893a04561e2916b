-- What the payment pays of, with the other shares of the same lines.
WITH paid AS (
    SELECT share.application_line_id
    FROM payment_item AS item
    JOIN payable_share AS share
        ON share.area_code = item.area_code AND share.id = item.payable_share_id
    WHERE item.area_code = :area_code AND item.payment_id = :payment_id
)
SELECT
    share.id, share.payable_id, share.application_line_id, share.scheme, share.confirmed_minor,
    ARRAY(
        SELECT item.payment_id
        FROM payment_item AS item
        WHERE item.area_code = share.area_code AND item.payable_share_id = share.id
          AND item.payment_id <> :payment_id
        ORDER BY item.payment_id
    ) AS also_paid_by,
    (
        SELECT coalesce(sum(set_off.amount_minor), 0)::bigint
        FROM set_off
        JOIN payment ON payment.area_code = set_off.area_code AND payment.id = :payment_id
        WHERE set_off.area_code = share.area_code AND set_off.positive_share_id = share.id
          AND set_off.payment_batch_id <> payment.payment_batch_id AND NOT set_off.is_voided
    ) AS set_off_elsewhere_minor
FROM payable_share AS share
WHERE share.area_code = :area_code
  AND share.application_line_id IN (SELECT application_line_id FROM paid)
ORDER BY share.id
