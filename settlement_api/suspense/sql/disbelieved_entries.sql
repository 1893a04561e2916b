-- Which statement entries do people not believe to be of the payments that they name?
SELECT evidence.statement_entry_id
FROM payment_evidence AS evidence
WHERE evidence.area_code = :area_code AND evidence.attempt_id = :attempt_id
  AND evidence.id = ANY(CAST(:evidence_ids AS uuid[]))
  AND evidence.statement_entry_id IS NOT NULL
  AND (evidence.source = 'statement_booking' OR evidence.meaning = 'booked_debit')
