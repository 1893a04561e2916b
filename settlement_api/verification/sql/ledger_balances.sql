-- Is the last running balance of every account the sum of its transfers?
WITH latest AS (
    SELECT DISTINCT ON (balance.area_code, balance.account_id)
        balance.area_code, balance.account_id, balance.posted_debit_minor,
        balance.posted_credit_minor
    FROM account_balance AS balance
    ORDER BY balance.area_code, balance.account_id, balance.posting_number DESC
),
sides AS (
    SELECT area_code, debit_account_id AS account_id, amount_minor AS debit, 0 AS credit
    FROM transfer WHERE state = 'posted'
    UNION ALL
    SELECT area_code, credit_account_id, 0, amount_minor
    FROM transfer WHERE state = 'posted'
),
summed AS (
    SELECT area_code, account_id, sum(debit) AS debit, sum(credit) AS credit
    FROM sides
    GROUP BY area_code, account_id
)
SELECT latest.area_code, count(*)::bigint AS examined,
    count(*) FILTER (
        WHERE latest.posted_debit_minor <> coalesce(summed.debit, 0)
            OR latest.posted_credit_minor <> coalesce(summed.credit, 0)
    )::bigint AS broken,
    NULL::bigint AS figure_minor,
    min(latest.account_id::text) FILTER (
        WHERE latest.posted_debit_minor <> coalesce(summed.debit, 0)
            OR latest.posted_credit_minor <> coalesce(summed.credit, 0)
    ) AS sample
FROM latest
LEFT JOIN summed
    ON summed.area_code = latest.area_code AND summed.account_id = latest.account_id
GROUP BY latest.area_code
