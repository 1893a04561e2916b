-- How many fen of each debit are no payments yet by the word of two people that is still believed?
SELECT entry.id, (entry.amount_minor - coalesce((
    SELECT sum(evidence.amount_minor)
    FROM payment_evidence AS evidence
    WHERE evidence.area_code = entry.area_code AND evidence.statement_entry_id = entry.id
      AND evidence.meaning = 'booked_debit' AND evidence.source = 'human_decision'
      AND NOT EXISTS (
          SELECT
          FROM payment_evidence AS decided
          WHERE decided.area_code = evidence.area_code
            AND decided.attempt_id = evidence.attempt_id
            AND decided.meaning = 'disbelieved' AND evidence.id = ANY(decided.about)
            AND NOT EXISTS (
                SELECT
                FROM payment_evidence AS later
                WHERE later.area_code = decided.area_code
                  AND later.attempt_id = decided.attempt_id
                  AND later.meaning = 'disbelieved' AND decided.id = ANY(later.about)
            )
      )
), 0))::bigint AS amount_minor
FROM statement_entry AS entry
WHERE entry.area_code = :area_code AND entry.id = ANY(CAST(:statement_entry_ids AS uuid[]))
