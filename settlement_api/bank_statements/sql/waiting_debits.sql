-- Which debits of an agency account name no payment and wait in suspense, and what of each? All of
-- it, less what two people booked as payments and is still believed.
SELECT entry.id, (entry.amount_minor - coalesce(booked.amount_minor, 0))::bigint AS amount_minor,
    entry.booking_date, entry.bank_reference, entry.remittance
FROM suspense_case
JOIN statement_entry AS entry
    ON entry.area_code = suspense_case.area_code AND entry.id = suspense_case.statement_entry_id
LEFT JOIN LATERAL (
    SELECT sum(evidence.amount_minor) AS amount_minor
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
) AS booked ON true
WHERE suspense_case.area_code = :area_code AND suspense_case.status <> 'resolved'
  AND entry.agency_account_id = CAST(:agency_account_id AS uuid)
  AND NOT entry.is_credit AND entry.end_to_end_id IS NULL
  AND entry.amount_minor > coalesce(booked.amount_minor, 0)
ORDER BY entry.id
