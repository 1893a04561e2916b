-- Amounts set off against these shares, on either side; voided ones left out.
SELECT set_off.negative_share_id, set_off.positive_share_id, set_off.payment_batch_id,
    set_off.amount_minor, count(*) OVER () AS total
FROM set_off
WHERE set_off.area_code = ANY(CAST(:areas AS text[]))
  AND NOT set_off.is_voided
  AND (
      set_off.negative_share_id = ANY(CAST(:ids AS uuid[]))
      OR set_off.positive_share_id = ANY(CAST(:ids AS uuid[]))
  )
ORDER BY set_off.id
LIMIT :most
