-- Per attempt with bookings: is what the bank booked net of what waits in suspense what is posted?
-- Debits, but for those that people disown and that wait in suspense, are what was paid, or none
-- where the bank's word came before its statement. Credits left suspense as returns by people's
-- confirmation, or because they were marked, made up the whole, and only one debit was booked: of
-- two, one may have been reversed, and the payee keeps the other. A conflict posts nothing until
-- people decide.
WITH debit AS (
    SELECT attempt.area_code, attempt.id AS attempt_id, entry.amount_minor
    FROM statement_entry AS entry
    JOIN payment_attempt AS attempt
        ON attempt.area_code = entry.area_code AND attempt.end_to_end_id = entry.end_to_end_id
    JOIN payment
        ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
        AND payment.agency_account_id = entry.agency_account_id
    WHERE NOT entry.is_credit
    UNION ALL
    SELECT area_code, attempt_id, amount_minor
    FROM payment_evidence
    WHERE meaning = 'booked_debit' AND source = 'human_decision'
),
debited AS (
    SELECT area_code, attempt_id, sum(amount_minor) AS debited
    FROM debit
    GROUP BY area_code, attempt_id
),
credited AS (
    SELECT evidence.area_code, evidence.attempt_id, sum(entry.amount_minor) AS credited,
        sum(entry.amount_minor) FILTER (WHERE evidence.meaning = 'booked_return') AS marked
    FROM payment_evidence AS evidence
    JOIN statement_entry AS entry
        ON entry.area_code = evidence.area_code AND entry.id = evidence.statement_entry_id
    WHERE entry.is_credit
    GROUP BY evidence.area_code, evidence.attempt_id
),
confirmed AS (
    SELECT area_code, attempt_id, sum(amount_minor) AS confirmed
    FROM payment_evidence
    WHERE meaning = 'return_confirmed'
    GROUP BY area_code, attempt_id
),
booked AS (
    SELECT area_code, attempt_id, coalesce(debited, 0) AS debited,
        coalesce(credited, 0) AS credited, coalesce(marked, 0) AS marked,
        coalesce(confirmed, 0) AS confirmed
    FROM debited
    FULL JOIN credited USING (area_code, attempt_id)
    LEFT JOIN confirmed USING (area_code, attempt_id)
),
judged AS (
    SELECT attempt.area_code, attempt.id, booked.debited - booked.credited AS net_minor,
        attempt.outcome <> 'conflict' AND (
            booked.debited - attempt.posted_disowned_minor NOT IN (0, attempt.posted_paid_minor)
            OR attempt.posted_returned_minor > booked.credited
            OR attempt.posted_returned_minor > greatest(
                booked.confirmed,
                CASE
                    WHEN booked.debited <= attempt.amount_minor THEN least(
                        booked.marked, attempt.amount_minor
                    )
                    ELSE 0
                END
            )
        ) AS wrong
    FROM booked
    JOIN payment_attempt AS attempt
        ON attempt.area_code = booked.area_code AND attempt.id = booked.attempt_id
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    sum(net_minor)::bigint AS figure_minor, min(id::text) FILTER (WHERE wrong) AS sample
FROM judged
GROUP BY area_code
