-- How many fen is each of these debits, and what of it did two people say are payments?
SELECT entry.id, entry.amount_minor, word.id AS word_id, word.attempt_id,
    word.amount_minor AS said_minor
FROM statement_entry AS entry
LEFT JOIN payment_evidence AS word
    ON word.area_code = entry.area_code AND word.statement_entry_id = entry.id
    AND word.meaning = 'booked_debit' AND word.source = 'human_decision'
WHERE entry.area_code = :area_code AND entry.id = ANY(CAST(:statement_entry_ids AS uuid[]))
ORDER BY entry.id, word.attempt_id, word.id
