-- Which of these entries, marked as returns, did not bring a payment back whole?
SELECT evidence.statement_entry_id
FROM payment_evidence AS evidence
JOIN payment_attempt AS attempt
    ON attempt.area_code = evidence.area_code AND attempt.id = evidence.attempt_id
WHERE evidence.area_code = :area_code
  AND evidence.attempt_id = ANY(CAST(:attempt_ids AS uuid[]))
  AND evidence.statement_entry_id = ANY(CAST(:entry_ids AS uuid[]))
  AND evidence.meaning = 'booked_return' AND attempt.outcome <> 'returned'
