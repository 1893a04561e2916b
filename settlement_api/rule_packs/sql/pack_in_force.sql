-- The newest pack whose first day is not after :on, as JSON text.
SELECT rule_pack.content::text AS content
FROM rule_pack
WHERE rule_pack.valid_from <= :on
ORDER BY rule_pack.valid_from DESC
LIMIT 1
