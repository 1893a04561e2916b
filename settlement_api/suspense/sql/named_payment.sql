-- What was decided about the payment of ours that the entry of this case is evidence for?
-- Locked before. The entry is dismissed for it when people said so, or do not believe the entry.
SELECT attempt.outcome = 'returned' AS returned,
    EXISTS (
        SELECT 1 FROM payment_evidence AS decided
        WHERE decided.area_code = attempt.area_code AND decided.attempt_id = attempt.id
          AND decided.meaning IN ('return_dismissed', 'disbelieved')
          AND evidence.id = ANY(decided.about)
          AND NOT EXISTS (
              SELECT 1 FROM payment_evidence AS later
              WHERE later.area_code = attempt.area_code AND later.attempt_id = attempt.id
                AND later.meaning = 'disbelieved' AND decided.id = ANY(later.about)
          )
    ) AS dismissed
FROM suspense_case
JOIN payment_evidence AS evidence
    ON evidence.area_code = suspense_case.area_code
    AND evidence.statement_entry_id = suspense_case.statement_entry_id
    AND evidence.source = 'statement_booking'
JOIN payment_attempt AS attempt
    ON attempt.area_code = evidence.area_code AND attempt.id = evidence.attempt_id
WHERE suspense_case.area_code = :area_code AND suspense_case.id = :case_id
