-- Which of these ledgers does the area have? Locks their heads, always in the same order.
SELECT ledger.book, ledger.scheme
FROM ledger_head
JOIN ledger ON ledger.area_code = ledger_head.area_code AND ledger.id = ledger_head.id
JOIN unnest(CAST(:books AS text[]), CAST(:schemes AS text[])) AS named (book, scheme)
    ON named.book = ledger.book AND named.scheme = ledger.scheme
WHERE ledger_head.area_code = :area_code
ORDER BY ledger_head.id
FOR UPDATE OF ledger_head
