-- Which is the last posting of each ledger? Numbers have no gap and every one of them is visible.
-- Books are asked in one statement: what one step posted to several of them is seen whole.
SELECT ledger.id, ledger.scheme, coalesce(last.posting_number, 0) AS posting_number
FROM ledger
LEFT JOIN LATERAL (
    SELECT posting.posting_number
    FROM ledger_posting AS posting
    WHERE posting.area_code = ledger.area_code AND posting.ledger_id = ledger.id
    ORDER BY posting.posting_number DESC
    LIMIT 1
) AS last ON true
WHERE ledger.area_code = :area_code
ORDER BY ledger.id
