-- Everything learned about attempts, in the order it was learned.
SELECT evidence.attempt_id, evidence.source, evidence.meaning, evidence.code,
    evidence.reason_code, evidence.amount_minor, evidence.statement_entry_id,
    evidence.decided_by_first, evidence.decided_by_second, evidence.learned_at,
    count(*) OVER () AS total
FROM payment_evidence AS evidence
WHERE evidence.area_code = ANY(CAST(:areas AS text[]))
  AND evidence.attempt_id = ANY(CAST(:ids AS uuid[]))
ORDER BY evidence.learned_at, evidence.id
LIMIT :most
