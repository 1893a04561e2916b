-- All evidence of the attempts that news speaks of.
SELECT evidence.attempt_id, evidence.id, evidence.meaning, evidence.amount_minor,
    evidence.reason_code, evidence.about
FROM payment_evidence AS evidence
WHERE evidence.area_code = :area_code
  AND evidence.attempt_id IN (SELECT payment_news.attempt_id FROM payment_news)
