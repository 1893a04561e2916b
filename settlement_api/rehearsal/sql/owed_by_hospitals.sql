-- Which hospitals have most to make good: advances paid for them beyond their claims.
WITH latest AS (
    SELECT DISTINCT ON (area_code, account_id)
        area_code,
        account_id,
        posted_debit_minor - posted_credit_minor AS balance_minor
    FROM account_balance
    ORDER BY area_code, account_id, posting_number DESC
),
advanced AS (
    SELECT
        account.area_code,
        account.party_id AS hospital_id,
        sum(latest.balance_minor)::bigint AS balance_minor
    FROM latest
    JOIN ledger_account AS account
        ON account.area_code = latest.area_code AND account.id = latest.account_id
    WHERE account.account_kind = 'advance'
    GROUP BY account.area_code, account.party_id
)
SELECT
    hospital.hospital_code,
    hospital.name,
    advanced.balance_minor
FROM advanced
JOIN hospital
    ON hospital.area_code = advanced.area_code AND hospital.id = advanced.hospital_id
WHERE advanced.balance_minor <> 0
ORDER BY advanced.balance_minor DESC, hospital.hospital_code
LIMIT 10
