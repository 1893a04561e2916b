-- One page of a payment's items, with the payables they pay and how many items there are.
SELECT item.id, share.payable_id,
    (
        SELECT count(*)
        FROM payment_item AS own
        WHERE own.area_code = item.area_code AND own.payment_id = item.payment_id
    ) AS item_count
FROM payment_item AS item
JOIN payable_share AS share
  ON share.area_code = item.area_code AND share.id = item.payable_share_id
WHERE item.area_code = ANY(CAST(:areas AS text[]))
  AND item.payment_id = :payment_id
  AND (CAST(:after AS uuid) IS NULL OR item.id > CAST(:after AS uuid))
ORDER BY item.id
LIMIT :limit
