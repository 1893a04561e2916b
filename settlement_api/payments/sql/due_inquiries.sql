-- Which messages is it time to ask the bank about?
SELECT id, inquiry_count
FROM submission
WHERE area_code = :area_code AND state = 'sending' AND next_inquiry_at <= :at
ORDER BY next_inquiry_at, id
LIMIT :limit
