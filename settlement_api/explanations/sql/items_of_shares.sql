-- The parts of these shares that payments pay.
SELECT item.payment_id, item.payable_share_id, item.amount_minor, item.recovery_minor,
    count(*) OVER () AS total
FROM payment_item AS item
WHERE item.area_code = ANY(CAST(:areas AS text[]))
  AND item.payable_share_id = ANY(CAST(:ids AS uuid[]))
ORDER BY item.id
LIMIT :most
