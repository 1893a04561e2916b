-- Gives discrepancies of a chunk that waited for the calendar the days to act by that it now allows.
UPDATE discrepancy
SET deadline_date = dated.deadline
FROM unnest(
    CAST(:days AS date[]), CAST(:reasons AS text[]), CAST(:deadlines AS date[])
) AS dated (found_on, reason, deadline),
    match_run AS run
WHERE discrepancy.area_code = :area_code AND discrepancy.status <> 'superseded'
    AND discrepancy.deadline_date IS NULL
    AND discrepancy.effect = ANY(CAST(:asking AS text[]))
    AND (CAST(:after AS uuid) IS NULL OR discrepancy.id > CAST(:after AS uuid))
    AND (CAST(:upto AS uuid) IS NULL OR discrepancy.id <= CAST(:upto AS uuid))
    AND discrepancy.reason = dated.reason
    AND run.area_code = discrepancy.area_code AND run.id = discrepancy.match_run_id
    AND coalesce(discrepancy.found_date, (run.matched_at AT TIME ZONE 'Asia/Shanghai')::date)
        = dated.found_on
