-- Which released batches were released before this instant, so that they should be settled?
SELECT payment_batch.id
FROM payment_batch
WHERE payment_batch.area_code = :area_code AND payment_batch.status = 'released'
  AND payment_batch.released_at < :before
ORDER BY payment_batch.id
