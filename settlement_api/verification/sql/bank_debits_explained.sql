-- Is every debit the bank booked one attempt's, on its own account, or in suspense with an owner?
-- One that two people booked as payments is those of its account, whole and to the fen. What people
-- do not believe explains nothing.
WITH disbelieved AS (
    SELECT decided.area_code, decided.attempt_id, unnest(decided.about) AS evidence_id
    FROM payment_evidence AS decided
    WHERE decided.meaning = 'disbelieved' AND NOT EXISTS (
        SELECT
        FROM payment_evidence AS later
        WHERE later.area_code = decided.area_code AND later.attempt_id = decided.attempt_id
          AND later.meaning = 'disbelieved' AND decided.id = ANY(later.about)
    )
),
doubted AS (
    SELECT DISTINCT evidence.area_code, evidence.statement_entry_id
    FROM disbelieved
    JOIN payment_evidence AS evidence
        ON evidence.area_code = disbelieved.area_code AND evidence.id = disbelieved.evidence_id
    WHERE evidence.statement_entry_id IS NOT NULL AND evidence.source = 'statement_booking'
),
people AS (
    SELECT evidence.area_code, evidence.statement_entry_id, payment.agency_account_id,
        sum(evidence.amount_minor) AS amount_minor
    FROM payment_evidence AS evidence
    JOIN payment_attempt AS attempt
        ON attempt.area_code = evidence.area_code AND attempt.id = evidence.attempt_id
        AND attempt.amount_minor = evidence.amount_minor
    JOIN payment
        ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
    LEFT JOIN disbelieved
        ON disbelieved.area_code = evidence.area_code AND disbelieved.evidence_id = evidence.id
    WHERE evidence.meaning = 'booked_debit' AND evidence.source = 'human_decision'
      AND disbelieved.evidence_id IS NULL
    GROUP BY evidence.area_code, evidence.statement_entry_id, payment.agency_account_id
),
judged AS (
    SELECT entry.area_code, entry.id, entry.amount_minor,
        CASE entry.entry_class
            WHEN 'payment' THEN coalesce(
                attempt.amount_minor = entry.amount_minor
                AND payment.agency_account_id = entry.agency_account_id
                AND doubted.statement_entry_id IS NULL, false) OR waiting.id IS NOT NULL
            ELSE waiting.id IS NOT NULL AND (
                waiting.status <> 'resolved' OR waiting.resolution <> 'payments'
                OR coalesce(people.amount_minor = entry.amount_minor, false)
            )
        END AS explained
    FROM statement_entry AS entry
    LEFT JOIN payment_attempt AS attempt
        ON attempt.area_code = entry.area_code AND attempt.end_to_end_id = entry.end_to_end_id
    LEFT JOIN payment
        ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
    LEFT JOIN suspense_case AS waiting
        ON waiting.area_code = entry.area_code AND waiting.statement_entry_id = entry.id
    LEFT JOIN doubted
        ON doubted.area_code = entry.area_code AND doubted.statement_entry_id = entry.id
    LEFT JOIN people
        ON people.area_code = entry.area_code AND people.statement_entry_id = entry.id
        AND people.agency_account_id = entry.agency_account_id
    WHERE NOT entry.is_credit
)
SELECT entry.area_code, count(*)::bigint AS examined,
    count(*) FILTER (WHERE judged.explained IS FALSE)::bigint AS broken,
    sum(judged.amount_minor)::bigint AS figure_minor,
    min(judged.id::text) FILTER (WHERE judged.explained IS FALSE) AS sample
FROM statement_entry AS entry
LEFT JOIN judged ON judged.area_code = entry.area_code AND judged.id = entry.id
GROUP BY entry.area_code
