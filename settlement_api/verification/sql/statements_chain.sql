-- Does every statement add up, and does it open where the one before it closed?
WITH judged AS (
    SELECT statement.area_code, statement.statement_identification,
        NOT statement.balanced OR statement.continuity = 'gap'
            -- A statement that repeats lines may open earlier; one that merely reuses a name not.
            OR statement.continuity = 'overlap' AND statement.chain_difference_minor <> 0
                AND statement.known_before_count = 0
            OR statement.continuity = 'first' AND statement.opening_minor <> 0
                AND statement.opening_confirmed_by IS NULL AS wrong
    FROM bank_statement AS statement
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    NULL::bigint AS figure_minor, min(statement_identification) FILTER (WHERE wrong) AS sample
FROM judged
GROUP BY area_code
