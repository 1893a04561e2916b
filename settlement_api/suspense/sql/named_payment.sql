-- Which payment of ours is the entry of this case evidence for, as which evidence, and did it come
-- back? Locked before.
SELECT attempt.id, evidence.id AS evidence_id, attempt.outcome = 'returned' AS returned
FROM suspense_case
JOIN payment_evidence AS evidence
    ON evidence.area_code = suspense_case.area_code
    AND evidence.statement_entry_id = suspense_case.statement_entry_id
    AND evidence.source = 'statement_booking'
JOIN payment_attempt AS attempt
    ON attempt.area_code = evidence.area_code AND attempt.id = evidence.attempt_id
WHERE suspense_case.area_code = :area_code AND suspense_case.id = :case_id
