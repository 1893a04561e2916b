-- Returns that outweigh what is to be paid: groups carried, and those suppliers have to pay back.
SELECT
    scheme,
    CASE WHEN receivable_at IS NULL THEN 'carried' ELSE 'receivable' END AS status,
    count(*) AS pairs,
    sum(amount_minor)::bigint AS amount_minor
FROM carried_return
WHERE closed_at IS NULL
GROUP BY scheme, receivable_at IS NULL
ORDER BY scheme, receivable_at IS NULL DESC
