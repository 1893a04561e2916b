-- What people said they do not believe about these attempts.
SELECT id, meaning, amount_minor, about
FROM payment_evidence
WHERE area_code = :area_code
  AND attempt_id = ANY(:ids)
  AND meaning = 'disbelieved'
