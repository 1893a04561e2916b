-- Locks the attempt that the entry of a case names, before anything is decided by what it says.
SELECT attempt.id
FROM suspense_case
JOIN payment_evidence AS evidence
    ON evidence.area_code = suspense_case.area_code
    AND evidence.statement_entry_id = suspense_case.statement_entry_id
    AND evidence.source = 'statement_booking'
JOIN payment_attempt AS attempt
    ON attempt.area_code = evidence.area_code AND attempt.id = evidence.attempt_id
WHERE suspense_case.area_code = :area_code AND suspense_case.id = :case_id
FOR NO KEY UPDATE OF attempt
