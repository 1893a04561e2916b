-- Per hospital and supplier: is what purchases made owed the sum of open and committed payables?
WITH target AS (
    SELECT area_code, hospital_id, supplier_id, count(*) AS payables,
        sum(amount_minor) AS amount_minor
    FROM payable
    WHERE status IN ('open', 'committed') AND route <> 'outside'
    GROUP BY area_code, hospital_id, supplier_id
),
sides AS (
    SELECT transfer.area_code, owed.party_id AS hospital_id, owed.counterparty_id AS supplier_id,
        CASE WHEN transfer.credit_account_id = owed.id THEN transfer.amount_minor
            ELSE -transfer.amount_minor END AS amount_minor
    FROM ledger_account AS purchases
    JOIN transfer
        ON transfer.area_code = purchases.area_code AND transfer.ledger_id = purchases.ledger_id
        AND purchases.id IN (transfer.debit_account_id, transfer.credit_account_id)
        AND transfer.state = 'posted'
    JOIN ledger_account AS owed
        ON owed.area_code = transfer.area_code AND owed.account_kind = 'owed'
        AND owed.id IN (transfer.debit_account_id, transfer.credit_account_id)
    WHERE purchases.account_kind = 'purchases'
),
booked AS (
    SELECT area_code, hospital_id, supplier_id, sum(amount_minor) AS amount_minor
    FROM sides
    GROUP BY area_code, hospital_id, supplier_id
),
compared AS (
    SELECT area_code, coalesce(target.payables, 0) AS payables,
        coalesce(target.amount_minor, 0) AS amount_minor, hospital_id,
        coalesce(target.amount_minor, 0) <> coalesce(booked.amount_minor, 0) AS wrong
    FROM target
    FULL JOIN booked USING (area_code, hospital_id, supplier_id)
)
SELECT area_code, sum(payables)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    sum(amount_minor)::bigint AS figure_minor,
    min(hospital_id::text) FILTER (WHERE wrong) AS sample
FROM compared
GROUP BY area_code
