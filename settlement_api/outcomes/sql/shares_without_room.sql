-- How many shares were promised or paid to somebody again, so that no room is left for this?
WITH moved AS (
    SELECT payable_share_id, sum(paid - returned - unreserved) AS taken
    FROM payment_item_move
    GROUP BY payable_share_id
    HAVING sum(paid - returned - unreserved) > 0
),
locked AS (
    SELECT moved.taken, share.confirmed_minor - share.reserved_minor - share.paid_minor
        + share.returned_minor - share.set_off_minor AS room
    FROM payable_share AS share
    JOIN moved ON moved.payable_share_id = share.id
    WHERE share.area_code = :area_code
    ORDER BY share.id
    FOR NO KEY UPDATE OF share
)
SELECT count(*) FROM locked WHERE taken > room
