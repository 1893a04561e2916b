-- The rule packs that decision contexts name, the oldest first.
SELECT context.id, rule_pack.content::text AS content
FROM decision_context AS context
JOIN rule_pack
  ON rule_pack.code = context.content #>> '{rule_pack,code}'
 AND rule_pack.version = (context.content #>> '{rule_pack,version}')::integer
WHERE context.area_code = :area_code AND context.id = ANY(CAST(:ids AS uuid[]))
ORDER BY rule_pack.valid_from, rule_pack.version, context.id
