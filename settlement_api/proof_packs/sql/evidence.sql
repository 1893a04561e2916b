-- Everything learned about the attempts, in the order it was learned.
SELECT
    id, attempt_id, source, meaning, code, reason_code, amount_minor, code_map_version,
    bank_message_id, statement_entry_id, decided_by_first, decided_by_second, about, happened_at,
    learned_at
FROM payment_evidence
WHERE area_code = :area_code AND attempt_id = ANY(CAST(:ids AS uuid[]))
ORDER BY learned_at, id
LIMIT :most
