-- Moves the balances of the shares: reserved to paid, reserved to free, paid to returned, or back.
WITH moved AS (
    SELECT payable_share_id,
        sum(unreserved)::bigint AS unreserved,
        sum(paid)::bigint AS paid,
        sum(returned)::bigint AS returned
    FROM payment_item_move
    GROUP BY payable_share_id
),
locked AS (
    SELECT share.id, moved.unreserved, moved.paid, moved.returned
    FROM payable_share AS share
    JOIN moved ON moved.payable_share_id = share.id
    WHERE share.area_code = :area_code
    ORDER BY share.id
    FOR NO KEY UPDATE OF share
)
UPDATE payable_share AS share
SET reserved_minor = share.reserved_minor - locked.unreserved,
    paid_minor = share.paid_minor + locked.paid,
    returned_minor = share.returned_minor + locked.returned
FROM locked
WHERE share.area_code = :area_code AND share.id = locked.id
