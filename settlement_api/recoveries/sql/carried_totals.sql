-- How many returns are carried and how many are receivable, with their sums, for who may see them.
SELECT
    scheme,
    count(*) FILTER (WHERE receivable_at IS NULL) AS carried_count,
    coalesce(sum(amount_minor) FILTER (WHERE receivable_at IS NULL), 0)::bigint AS carried_minor,
    count(receivable_at) AS receivable_count,
    coalesce(sum(amount_minor) FILTER (WHERE receivable_at IS NOT NULL), 0)::bigint
        AS receivable_minor
FROM carried_return
WHERE closed_at IS NULL
GROUP BY scheme
ORDER BY scheme
