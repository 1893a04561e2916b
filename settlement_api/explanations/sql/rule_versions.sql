-- By which kernel and rule pack match runs decided: the newest context stored by then, and the
-- pack in force on the day of the run.
SELECT run.id, context.content ->> 'kernel' AS kernel, pack.code, pack.version
FROM match_run AS run
LEFT JOIN LATERAL (
    SELECT own.content
    FROM decision_context AS own
    WHERE own.area_code = run.area_code AND own.recorded_at <= run.recorded_at
    ORDER BY own.recorded_at DESC
    LIMIT 1
) AS context ON true
LEFT JOIN LATERAL (
    SELECT own.code, own.version
    FROM rule_pack AS own
    WHERE own.valid_from <= (run.matched_at AT TIME ZONE 'Asia/Shanghai')::date
    ORDER BY own.valid_from DESC
    LIMIT 1
) AS pack ON true
WHERE run.area_code = ANY(CAST(:areas AS text[])) AND run.id = ANY(CAST(:ids AS uuid[]))
