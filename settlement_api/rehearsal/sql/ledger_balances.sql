-- Balances of the ledger by book, scheme and kind of account, debits positive. Only what remains:
-- how much went to and fro depends on the order in which documents came.
WITH latest AS (
    SELECT DISTINCT ON (area_code, account_id)
        area_code,
        account_id,
        ledger_id,
        posted_debit_minor,
        posted_credit_minor,
        pending_debit_minor,
        pending_credit_minor
    FROM account_balance
    ORDER BY area_code, account_id, posting_number DESC
)
SELECT
    ledger.book,
    ledger.scheme,
    account.account_kind,
    count(*) FILTER (
        WHERE latest.posted_debit_minor <> latest.posted_credit_minor
    ) AS open_accounts,
    sum(latest.posted_debit_minor - latest.posted_credit_minor)::bigint AS balance_minor,
    sum(latest.pending_debit_minor - latest.pending_credit_minor)::bigint AS pending_minor
FROM latest
JOIN ledger_account AS account
    ON account.area_code = latest.area_code AND account.id = latest.account_id
JOIN ledger ON ledger.area_code = latest.area_code AND ledger.id = latest.ledger_id
GROUP BY ledger.book, ledger.scheme, account.account_kind
ORDER BY ledger.book, ledger.scheme, account.account_kind
