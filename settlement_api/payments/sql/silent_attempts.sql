-- Of which attempts of a message has the bank said nothing yet that tells their outcome?
SELECT attempt.end_to_end_id
FROM payment_attempt AS attempt
WHERE attempt.area_code = :area_code AND attempt.submission_id = :submission_id
  AND attempt.outcome = 'unknown' AND NOT attempt.is_final
ORDER BY attempt.id
LIMIT :limit
