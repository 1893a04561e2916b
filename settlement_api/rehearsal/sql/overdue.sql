-- Discrepancies that nobody acted on by their day, by who must act and why; the oldest such day.
SELECT
    asked.acts,
    asked.reason,
    count(*) AS overdue,
    sum(discrepancy.amount_minor)::bigint AS amount_minor,
    min(coalesce(discrepancy.act_by_date, discrepancy.deadline_date))::text AS oldest
FROM unnest(CAST(:reasons AS text[]), CAST(:actors AS text[])) AS asked (reason, acts)
JOIN discrepancy ON discrepancy.reason = asked.reason
WHERE discrepancy.status = ANY(CAST(:unsettled AS text[]))
    AND discrepancy.effect = ANY(CAST(:asking AS text[]))
    AND coalesce(discrepancy.act_by_date, discrepancy.deadline_date) < :on_date
GROUP BY asked.acts, asked.reason
ORDER BY asked.acts, asked.reason
