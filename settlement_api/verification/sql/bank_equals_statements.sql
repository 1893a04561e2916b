-- Is the bank in the ledger what each account's last statement closes with?
WITH latest AS (
    SELECT DISTINCT ON (statement.area_code, statement.agency_account_id)
        statement.area_code, statement.agency_account_id, statement.closing_minor
    FROM bank_statement AS statement
    ORDER BY statement.area_code, statement.agency_account_id, statement.from_date DESC,
        statement.to_date DESC, coalesce(statement.sequence_number, 0) DESC, statement.id DESC
),
booked AS (
    SELECT account.area_code, account.party_id AS agency_account_id,
        balance.posted_debit_minor - balance.posted_credit_minor AS ledger_minor
    FROM ledger_account AS account
    JOIN LATERAL (
        SELECT * FROM account_balance AS row
        WHERE row.area_code = account.area_code AND row.account_id = account.id
        ORDER BY row.posting_number DESC
        LIMIT 1
    ) AS balance ON true
    WHERE account.account_kind = 'bank'
),
compared AS (
    SELECT coalesce(latest.area_code, booked.area_code) AS area_code,
        coalesce(latest.agency_account_id, booked.agency_account_id) AS agency_account_id,
        coalesce(latest.closing_minor, 0) AS closing_minor,
        coalesce(booked.ledger_minor, 0) AS ledger_minor
    FROM latest
    FULL JOIN booked
        ON booked.area_code = latest.area_code
        AND booked.agency_account_id = latest.agency_account_id
)
SELECT area_code, count(*)::bigint AS examined,
    count(*) FILTER (WHERE closing_minor <> ledger_minor)::bigint AS broken,
    sum(ledger_minor)::bigint AS figure_minor,
    min(agency_account_id::text) FILTER (WHERE closing_minor <> ledger_minor) AS sample
FROM compared
GROUP BY area_code
