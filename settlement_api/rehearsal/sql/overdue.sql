-- Discrepancies that nobody acted on by their day, by who must act and why. Not since when: that is
-- counted from the day a worker came to match them, which no seed decides.
SELECT
    asked.acts,
    asked.reason,
    count(*) AS overdue,
    sum(discrepancy.amount_minor)::bigint AS amount_minor
FROM unnest(CAST(:reasons AS text[]), CAST(:actors AS text[])) AS asked (reason, acts)
JOIN discrepancy ON discrepancy.reason = asked.reason
WHERE discrepancy.status = ANY(CAST(:unsettled AS text[]))
    AND discrepancy.effect = ANY(CAST(:asking AS text[]))
    AND coalesce(discrepancy.act_by_date, discrepancy.deadline_date) < :on_date
GROUP BY asked.acts, asked.reason
ORDER BY asked.acts, asked.reason
