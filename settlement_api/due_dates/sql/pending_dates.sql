-- Which dates do payables of a chunk have that wait for the calendar, and by which pack were they
-- matched?
SELECT payable.clock_start_date, payable.contract_id IS NOT NULL AS is_contracted,
    (pack.content -> 'deadlines' ->> 'other_due_days')::int AS other_due_days
FROM payable
JOIN decision_context AS context
    ON context.area_code = payable.area_code AND context.id = payable.decision_context_id
JOIN rule_pack AS pack
    ON pack.code = context.content -> 'rule_pack' ->> 'code'
    AND pack.version = (context.content -> 'rule_pack' ->> 'version')::int
WHERE payable.area_code = :area_code AND payable.due_date_state = 'pending_calendar'
    AND payable.status <> 'superseded'
    AND (CAST(:after AS uuid) IS NULL OR payable.id > CAST(:after AS uuid))
    AND (CAST(:upto AS uuid) IS NULL OR payable.id <= CAST(:upto AS uuid))
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
