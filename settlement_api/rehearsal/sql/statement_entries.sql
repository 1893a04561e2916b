-- Booked statement lines by class.
SELECT
    entry_class,
    count(*) AS entries,
    sum(CASE WHEN is_credit THEN amount_minor ELSE -amount_minor END)::bigint AS amount_minor
FROM statement_entry
GROUP BY entry_class
ORDER BY entry_class
