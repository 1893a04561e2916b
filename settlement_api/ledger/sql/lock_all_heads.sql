-- Which ledgers does the area have? Locks every head, so that no posting is under way.
SELECT ledger_head.id
FROM ledger_head
WHERE ledger_head.area_code = :area_code
ORDER BY ledger_head.id
FOR UPDATE
