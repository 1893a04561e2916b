-- Which later attempts at this attempt's payment have not left, and in which message are they?
SELECT later.id, later.payment_id, later.submission_id, later.decision_state
FROM payment_attempt AS attempt
JOIN payment_attempt AS later
    ON later.area_code = attempt.area_code AND later.payment_id = attempt.payment_id
    AND later.attempt_no > attempt.attempt_no
WHERE attempt.area_code = :area_code AND attempt.id = :attempt_id
  AND later.decision_state IN ('approved', 'rendered', 'signed')
ORDER BY later.id
