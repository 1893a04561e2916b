-- All evidence of these attempts, as the fold looks at it.
SELECT attempt_id, id, meaning, amount_minor, about
FROM payment_evidence
WHERE area_code = :area_code AND attempt_id = ANY(CAST(:attempt_ids AS uuid[]))
