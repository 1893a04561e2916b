-- On which days were discrepancies of a chunk found whose day to act by waits for the calendar?
SELECT DISTINCT coalesce(
    discrepancy.found_date, (run.matched_at AT TIME ZONE 'Asia/Shanghai')::date
) AS found_on
FROM discrepancy
JOIN match_run AS run
    ON run.area_code = discrepancy.area_code AND run.id = discrepancy.match_run_id
WHERE discrepancy.area_code = :area_code AND discrepancy.status <> 'superseded'
    AND discrepancy.deadline_date IS NULL
    AND discrepancy.effect = ANY(CAST(:asking AS text[]))
    AND (CAST(:after AS uuid) IS NULL OR discrepancy.id > CAST(:after AS uuid))
    AND (CAST(:upto AS uuid) IS NULL OR discrepancy.id <= CAST(:upto AS uuid))
ORDER BY found_on
