-- Stores news of our attempts as evidence; what is known already stays as it is.
INSERT INTO payment_evidence
    (area_code, attempt_id, source, meaning, code, reason_code, amount_minor, code_map_version,
     digest, bank_message_id, statement_entry_id, decided_by_first, decided_by_second,
     happened_at, about, learned_at)
SELECT
    :area_code, news.attempt_id, news.source, news.meaning, news.code, news.reason_code,
    news.amount_minor, news.code_map_version, news.digest, news.bank_message_id,
    news.statement_entry_id, news.decided_by_first, news.decided_by_second, news.happened_at,
    news.about, :at
FROM payment_news AS news
JOIN payment_attempt AS attempt
    ON attempt.area_code = :area_code AND attempt.id = news.attempt_id
ON CONFLICT (area_code, attempt_id, digest) DO NOTHING
