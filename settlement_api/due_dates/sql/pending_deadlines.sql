-- On which days were discrepancies found whose day to act by waits for the calendar?
SELECT DISTINCT (run.matched_at AT TIME ZONE 'Asia/Shanghai')::date AS found_on
FROM discrepancy
JOIN match_run AS run
    ON run.area_code = discrepancy.area_code AND run.id = discrepancy.match_run_id
WHERE discrepancy.area_code = :area_code AND discrepancy.status <> 'superseded'
    AND discrepancy.deadline_date IS NULL
    AND discrepancy.effect = ANY(CAST(:asking AS text[]))
ORDER BY found_on
