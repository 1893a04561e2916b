-- Per hospital and supplier: did the trade book lower the debt by what was paid and kept?
WITH moved AS (
    SELECT payment.area_code, item.hospital_id, item.supplier_id, item.amount_minor,
        attempt.amount_minor AS whole, attempt.posted_returned_minor AS back,
        sum(item.amount_minor) OVER (
            PARTITION BY attempt.area_code, attempt.id ORDER BY item.id
        ) AS upto
    FROM payment_attempt AS attempt
    JOIN payment ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
    JOIN payment_item AS item
        ON item.area_code = attempt.area_code AND item.payment_id = attempt.payment_id
    WHERE attempt.posted_paid_minor > 0
),
paid AS (
    SELECT area_code, hospital_id, supplier_id,
        sum(amount_minor - div(2 * back * upto + whole, 2 * whole)
            + div(2 * back * (upto - amount_minor) + whole, 2 * whole)) AS kept
    FROM moved
    GROUP BY area_code, hospital_id, supplier_id
),
booked AS (
    SELECT transfer.area_code, owed.party_id AS hospital_id, owed.counterparty_id AS supplier_id,
        sum(CASE WHEN transfer.debit_account_id = owed.id THEN transfer.amount_minor
            ELSE -transfer.amount_minor END) AS kept
    FROM ledger_account AS mandate
    JOIN transfer
        ON transfer.area_code = mandate.area_code AND transfer.ledger_id = mandate.ledger_id
        AND mandate.id IN (transfer.debit_account_id, transfer.credit_account_id)
        AND transfer.state = 'posted'
    JOIN ledger_account AS owed
        ON owed.area_code = transfer.area_code AND owed.account_kind = 'owed'
        AND owed.id IN (transfer.debit_account_id, transfer.credit_account_id)
    WHERE mandate.account_kind = 'paid_on_mandate'
    GROUP BY transfer.area_code, owed.party_id, owed.counterparty_id
),
compared AS (
    SELECT area_code, hospital_id, coalesce(paid.kept, 0) AS kept,
        coalesce(paid.kept, 0) <> coalesce(booked.kept, 0) AS wrong
    FROM paid
    FULL JOIN booked USING (area_code, hospital_id, supplier_id)
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    sum(kept)::bigint AS figure_minor, min(hospital_id::text) FILTER (WHERE wrong) AS sample
FROM compared
GROUP BY area_code
