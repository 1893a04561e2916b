-- Which batches were released before this instant and are not known to be settled?
SELECT payment_batch.id
FROM payment_batch
WHERE payment_batch.area_code = :area_code AND payment_batch.status = 'released'
  AND payment_batch.released_at < :before
  AND NOT EXISTS (
      SELECT 1
      FROM settled_batch
      WHERE settled_batch.area_code = payment_batch.area_code
        AND settled_batch.payment_batch_id = payment_batch.id
  )
ORDER BY payment_batch.id
