-- Everything known about the attempts at one payment, in the order it was learned.
SELECT evidence.attempt_id, evidence.id, evidence.source, evidence.meaning, evidence.code,
    evidence.reason_code, evidence.amount_minor, evidence.code_map_version,
    evidence.happened_at, evidence.learned_at, evidence.decided_by_first,
    evidence.decided_by_second, evidence.about
FROM payment_attempt AS attempt
JOIN payment_evidence AS evidence
    ON evidence.area_code = attempt.area_code AND evidence.attempt_id = attempt.id
WHERE attempt.payment_id = :payment_id
ORDER BY evidence.learned_at, evidence.id
