-- Which ledgers has an area, up to which posting is each told, and on which day is the last booked?
SELECT ledger.id, cut.posting_number, booked.last_day
FROM ledger
JOIN LATERAL (
    SELECT max(posting.posting_number) AS posting_number
    FROM ledger_posting AS posting
    WHERE posting.area_code = ledger.area_code AND posting.ledger_id = ledger.id
      AND (CAST(:before AS timestamptz) IS NULL
        OR posting.posted_at < CAST(:before AS timestamptz))
) AS cut ON true
JOIN LATERAL (
    SELECT max(transfer.booking_date) AS last_day
    FROM transfer
    WHERE transfer.area_code = ledger.area_code AND transfer.ledger_id = ledger.id
      AND transfer.posting_number <= cut.posting_number AND transfer.state = 'posted'
) AS booked ON true
WHERE ledger.area_code = :area_code
ORDER BY ledger.book, ledger.scheme
