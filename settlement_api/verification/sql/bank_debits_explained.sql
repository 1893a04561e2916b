-- Is every debit the bank booked one attempt's, on its own account, or in suspense with an owner?
WITH judged AS (
    SELECT entry.area_code, entry.id, entry.amount_minor,
        CASE entry.entry_class
            WHEN 'payment' THEN coalesce(
                attempt.amount_minor = entry.amount_minor
                AND payment.agency_account_id = entry.agency_account_id
                AND attempt.posted_disowned_minor = 0, false) OR waiting.id IS NOT NULL
            ELSE waiting.id IS NOT NULL
        END AS explained
    FROM statement_entry AS entry
    LEFT JOIN payment_attempt AS attempt
        ON attempt.area_code = entry.area_code AND attempt.end_to_end_id = entry.end_to_end_id
    LEFT JOIN payment
        ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
    LEFT JOIN suspense_case AS waiting
        ON waiting.area_code = entry.area_code AND waiting.statement_entry_id = entry.id
    WHERE NOT entry.is_credit
)
SELECT entry.area_code, count(*)::bigint AS examined,
    count(*) FILTER (WHERE judged.explained IS FALSE)::bigint AS broken,
    sum(judged.amount_minor)::bigint AS figure_minor,
    min(judged.id::text) FILTER (WHERE judged.explained IS FALSE) AS sample
FROM statement_entry AS entry
LEFT JOIN judged ON judged.area_code = entry.area_code AND judged.id = entry.id
GROUP BY entry.area_code
