-- Offset instructions to the hospitals' payers by status.
SELECT
    status,
    count(*) AS instructions,
    sum(amount_minor)::bigint AS amount_minor
FROM offset_instruction
GROUP BY status
ORDER BY status
