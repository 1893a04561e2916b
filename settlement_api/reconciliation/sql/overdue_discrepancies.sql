-- Discrepancies that nobody acted on by their day, by reason, as far as the reader sees them.
SELECT
    reason, count(*) AS how_many, sum(quantity_milli)::bigint AS quantity_milli,
    sum(amount_minor)::bigint AS amount_minor, min(coalesce(act_by_date, deadline_date)) AS oldest
FROM discrepancy
WHERE status = ANY(CAST(:unsettled AS text[])) AND effect = ANY(CAST(:asking AS text[]))
    AND coalesce(act_by_date, deadline_date) < :on_date
GROUP BY reason
ORDER BY reason
