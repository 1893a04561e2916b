-- The last discrepancy of the next chunk of those that ask for action without a day to act by; none
-- where fewer are left. The effects are those of the index.
SELECT id
FROM discrepancy
WHERE area_code = :area_code AND deadline_date IS NULL AND status <> 'superseded'
    AND effect IN ('waiting', 'held')
    AND (CAST(:after AS uuid) IS NULL OR id > CAST(:after AS uuid))
ORDER BY id
OFFSET :most - 1
LIMIT 1
