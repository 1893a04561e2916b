-- What payables were decided by.
SELECT context.id, context.content ->> 'kernel' AS kernel,
    context.content -> 'rule_pack' ->> 'code' AS code,
    (context.content -> 'rule_pack' ->> 'version')::integer AS version
FROM decision_context AS context
WHERE context.area_code = ANY(CAST(:areas AS text[])) AND context.id = ANY(CAST(:ids AS uuid[]))
