-- Of how many payments of a batch does the bank's last word still stand out?
SELECT count(*)::bigint
FROM payment
JOIN payment_attempt AS attempt
    ON attempt.area_code = payment.area_code AND attempt.payment_id = payment.id
WHERE payment.area_code = :area_code AND payment.payment_batch_id = :batch_id
  AND NOT attempt.is_final
