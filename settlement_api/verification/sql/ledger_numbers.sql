-- Are a ledger's postings numbered 1 to its head, each with as many transfers as it says?
WITH counted AS (
    SELECT area_code, ledger_id, posting_number, count(*) AS transfers
    FROM transfer
    GROUP BY area_code, ledger_id, posting_number
),
judged AS (
    SELECT posting.area_code, posting.ledger_id, count(*) AS postings,
        max(posting.posting_number) AS last_number,
        count(*) FILTER (WHERE counted.transfers IS DISTINCT FROM posting.transfer_count)
            AS miscounted
    FROM ledger_posting AS posting
    LEFT JOIN counted
        ON counted.area_code = posting.area_code AND counted.ledger_id = posting.ledger_id
        AND counted.posting_number = posting.posting_number
    GROUP BY posting.area_code, posting.ledger_id
)
SELECT head.area_code, coalesce(sum(judged.postings), 0)::bigint AS examined,
    count(*) FILTER (
        WHERE head.last_number <> coalesce(judged.last_number, 0)
            OR head.last_number <> coalesce(judged.postings, 0)
            OR coalesce(judged.miscounted, 0) > 0
    )::bigint AS broken,
    NULL::bigint AS figure_minor, NULL::text AS sample
FROM ledger_head AS head
LEFT JOIN judged ON judged.area_code = head.area_code AND judged.ledger_id = head.id
GROUP BY head.area_code
