-- All evidence of these attempts, as the fold looks at it. Is it people's word of this entry?
SELECT attempt_id, id, meaning, amount_minor, about,
    meaning = 'booked_debit' AND source = 'human_decision'
        AND statement_entry_id = CAST(:statement_entry_id AS uuid) AS is_of_debit
FROM payment_evidence
WHERE area_code = :area_code AND attempt_id = ANY(CAST(:attempt_ids AS uuid[]))
ORDER BY id
