-- Which of these ledgers does the area not have yet? Makes them, each with its head at 0.
WITH opened AS (
    INSERT INTO ledger (area_code, book, scheme)
    SELECT :area_code, named.book, named.scheme
    FROM unnest(CAST(:books AS text[]), CAST(:schemes AS text[])) AS named (book, scheme)
    ORDER BY named.book, named.scheme
    ON CONFLICT DO NOTHING
    RETURNING area_code, id
)
INSERT INTO ledger_head (area_code, id, last_number, last_posted_at)
SELECT opened.area_code, opened.id, 0, :at FROM opened
