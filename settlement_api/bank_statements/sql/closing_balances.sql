-- What do the last statement and the ledger say is on each agency account?
WITH latest AS (
    SELECT DISTINCT ON (statement.agency_account_id)
        statement.agency_account_id, statement.scheme, statement.to_date, statement.closing_minor
    FROM bank_statement AS statement
    WHERE statement.area_code = :area_code
      AND (CAST(:on_date AS date) IS NULL OR statement.to_date <= CAST(:on_date AS date))
    ORDER BY statement.agency_account_id, statement.from_date DESC, statement.to_date DESC,
        coalesce(statement.sequence_number, 0) DESC, statement.id DESC
),
booked AS (
    SELECT account.party_id AS agency_account_id,
        sum(CASE WHEN transfer.debit_account_id = account.id THEN transfer.amount_minor
            ELSE -transfer.amount_minor END)::bigint AS ledger_minor
    FROM ledger_account AS account
    JOIN transfer
        ON transfer.area_code = :area_code AND transfer.ledger_id = account.ledger_id
        AND account.id IN (transfer.debit_account_id, transfer.credit_account_id)
        AND transfer.state = 'posted'
        AND (CAST(:on_date AS date) IS NULL OR transfer.booking_date <= CAST(:on_date AS date))
    WHERE account.area_code = :area_code AND account.account_kind = 'bank'
    GROUP BY account.party_id
)
SELECT latest.agency_account_id, latest.scheme, latest.to_date, latest.closing_minor,
    coalesce(booked.ledger_minor, 0) AS ledger_minor
FROM latest
LEFT JOIN booked ON booked.agency_account_id = latest.agency_account_id
ORDER BY latest.agency_account_id
