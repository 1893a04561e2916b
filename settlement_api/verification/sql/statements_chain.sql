-- Does every statement add up, and does it open where the one before it closed?
SELECT statement.area_code, count(*)::bigint AS examined,
    count(*) FILTER (
        WHERE NOT statement.balanced OR statement.continuity = 'gap'
            OR statement.continuity = 'first' AND statement.opening_minor <> 0
                AND statement.opening_confirmed_by IS NULL
    )::bigint AS broken,
    NULL::bigint AS figure_minor,
    min(statement.statement_identification) FILTER (
        WHERE NOT statement.balanced OR statement.continuity = 'gap'
    ) AS sample
FROM bank_statement AS statement
GROUP BY statement.area_code
