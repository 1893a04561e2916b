-- What was decided about the payment of ours that the entry of this case is evidence for?
SELECT attempt.outcome = 'returned' AS returned,
    EXISTS (
        SELECT 1 FROM payment_evidence AS decided
        WHERE decided.area_code = attempt.area_code AND decided.attempt_id = attempt.id
          AND decided.meaning = 'return_dismissed'
    ) AS dismissed
FROM suspense_case
JOIN payment_evidence AS evidence
    ON evidence.area_code = suspense_case.area_code
    AND evidence.statement_entry_id = suspense_case.statement_entry_id
JOIN payment_attempt AS attempt
    ON attempt.area_code = evidence.area_code AND attempt.id = evidence.attempt_id
WHERE suspense_case.area_code = :area_code AND suspense_case.id = :case_id
