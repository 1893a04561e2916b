-- Which statement entries are among this evidence of an attempt, or among what corrections in it are
-- about? As what the entry itself was booked, and whether it brought money back.
WITH RECURSIVE named AS (
    SELECT evidence.id, evidence.meaning, evidence.about
    FROM payment_evidence AS evidence
    WHERE evidence.area_code = :area_code AND evidence.attempt_id = :attempt_id
      AND evidence.id = ANY(CAST(:evidence_ids AS uuid[]))
    UNION
    SELECT evidence.id, evidence.meaning, evidence.about
    FROM named
    JOIN payment_evidence AS evidence
        ON evidence.area_code = :area_code AND evidence.attempt_id = :attempt_id
        AND evidence.id = ANY(named.about)
    WHERE named.meaning = 'disbelieved'
),
touched AS (
    SELECT DISTINCT evidence.statement_entry_id AS id
    FROM named
    JOIN payment_evidence AS evidence
        ON evidence.area_code = :area_code AND evidence.id = named.id
    WHERE evidence.statement_entry_id IS NOT NULL
      AND (evidence.source = 'statement_booking' OR evidence.meaning = 'booked_debit')
)
SELECT entry.id, entry.is_credit, booked.id AS booked_as,
    attempt.outcome = 'returned' AND NOT EXISTS (
        SELECT
        FROM payment_evidence AS decided
        WHERE decided.area_code = entry.area_code AND decided.attempt_id = attempt.id
          AND decided.meaning = 'return_dismissed' AND booked.id = ANY(decided.about)
    ) AS is_returned
FROM touched
JOIN statement_entry AS entry ON entry.area_code = :area_code AND entry.id = touched.id
JOIN payment_attempt AS attempt
    ON attempt.area_code = entry.area_code AND attempt.id = :attempt_id
LEFT JOIN payment_evidence AS booked
    ON booked.area_code = entry.area_code AND booked.attempt_id = attempt.id
    AND booked.statement_entry_id = entry.id AND booked.source = 'statement_booking'
ORDER BY entry.line_number, entry.detail_number, entry.id
