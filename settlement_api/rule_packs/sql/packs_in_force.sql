-- For each of these days the newest pack whose first day is not after it: JSON text and its days.
SELECT pack.content, array_agg(asked.day ORDER BY asked.day) AS days
FROM unnest(CAST(:days AS date[])) AS asked (day)
CROSS JOIN LATERAL (
    SELECT rule_pack.valid_from, rule_pack.content::text AS content
    FROM rule_pack
    WHERE rule_pack.valid_from <= asked.day
    ORDER BY rule_pack.valid_from DESC
    LIMIT 1
) AS pack
GROUP BY pack.valid_from, pack.content
ORDER BY pack.valid_from
