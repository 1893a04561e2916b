-- Closes the items whose payment is decided, so that their shares can be frozen again.
UPDATE payment_item AS item
SET is_final = true
FROM payment_item_move AS move
WHERE item.area_code = :area_code AND item.id = move.item_id AND NOT item.is_final
  AND NOT EXISTS (
      SELECT 1 FROM payment_attempt AS open
      WHERE open.area_code = :area_code AND open.payment_id = item.payment_id
        AND NOT open.is_final
  )
