-- The last payable of the next chunk of those that wait for the calendar; none where fewer are left.
SELECT id
FROM payable
WHERE area_code = :area_code AND due_date_state = 'pending_calendar' AND status <> 'superseded'
    AND (CAST(:after AS uuid) IS NULL OR id > CAST(:after AS uuid))
ORDER BY id
OFFSET :most - 1
LIMIT 1
