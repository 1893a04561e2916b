-- Who is owed most: what hospitals still owe each supplier, by the trade book.
WITH latest AS (
    SELECT DISTINCT ON (area_code, account_id)
        area_code,
        account_id,
        posted_credit_minor - posted_debit_minor AS balance_minor
    FROM account_balance
    ORDER BY area_code, account_id, posting_number DESC
),
owed AS (
    SELECT
        account.counterparty_id AS supplier_id,
        count(*) FILTER (WHERE latest.balance_minor <> 0) AS hospitals,
        sum(latest.balance_minor)::bigint AS balance_minor
    FROM latest
    JOIN ledger_account AS account
        ON account.area_code = latest.area_code AND account.id = latest.account_id
    WHERE account.account_kind = 'owed'
    GROUP BY account.counterparty_id
)
SELECT
    supplier.uscc,
    supplier.name,
    owed.hospitals,
    owed.balance_minor
FROM owed
JOIN supplier ON supplier.id = owed.supplier_id
WHERE owed.balance_minor <> 0
ORDER BY owed.balance_minor DESC, supplier.uscc
LIMIT 10
