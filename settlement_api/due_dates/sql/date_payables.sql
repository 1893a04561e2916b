-- Gives payables of a chunk that waited for the calendar the due dates it now allows.
UPDATE payable
SET due_date = dated.due_date, due_date_state = 'known'
FROM unnest(
    CAST(:starts AS date[]), CAST(:contracted AS boolean[]), CAST(:other_due_days AS int[]),
    CAST(:due_dates AS date[])
) AS dated (clock_start_date, is_contracted, other_due_days, due_date),
    decision_context AS context, rule_pack AS pack
WHERE payable.area_code = :area_code AND payable.due_date_state = 'pending_calendar'
    AND payable.status <> 'superseded'
    AND (CAST(:after AS uuid) IS NULL OR payable.id > CAST(:after AS uuid))
    AND (CAST(:upto AS uuid) IS NULL OR payable.id <= CAST(:upto AS uuid))
    AND context.area_code = payable.area_code AND context.id = payable.decision_context_id
    AND pack.code = context.content -> 'rule_pack' ->> 'code'
    AND pack.version = (context.content -> 'rule_pack' ->> 'version')::int
    AND payable.clock_start_date = dated.clock_start_date
    AND (payable.contract_id IS NOT NULL) = dated.is_contracted
    AND (pack.content -> 'deadlines' ->> 'other_due_days')::int = dated.other_due_days
