-- Per hospital, scheme and month: is the furthest stage's claim what stands booked as benefits?
WITH claim AS (
    SELECT DISTINCT ON (area_code, hospital_id, month, scheme)
        area_code, hospital_id, month, scheme, amount_minor
    FROM fund_document
    WHERE state = 'effective' AND kind = 'claim'
    ORDER BY area_code, hospital_id, month, scheme,
        array_position(ARRAY['cleared', 'settled', 'estimated'], aspect)
),
booked AS (
    SELECT transfer.area_code, transfer.basis_id,
        sum(CASE WHEN debit.account_kind = 'benefits' THEN transfer.amount_minor
            WHEN credit.account_kind = 'benefits' THEN -transfer.amount_minor ELSE 0 END)
            AS benefits
    FROM transfer
    JOIN ledger_account AS debit
        ON debit.area_code = transfer.area_code AND debit.id = transfer.debit_account_id
    JOIN ledger_account AS credit
        ON credit.area_code = transfer.area_code AND credit.id = transfer.credit_account_id
    WHERE transfer.basis_kind = 'claim_capacity' AND transfer.state = 'posted'
    GROUP BY transfer.area_code, transfer.basis_id
),
compared AS (
    SELECT capacity.area_code, capacity.id, coalesce(claim.amount_minor, 0) AS claim_minor,
        coalesce(claim.amount_minor, 0) <> coalesce(booked.benefits, 0) AS wrong
    FROM claim_capacity AS capacity
    LEFT JOIN claim
        ON claim.area_code = capacity.area_code AND claim.hospital_id = capacity.hospital_id
        AND claim.scheme = capacity.scheme AND claim.month = capacity.month
    LEFT JOIN booked
        ON booked.area_code = capacity.area_code AND booked.basis_id = capacity.id
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    sum(claim_minor)::bigint AS figure_minor, min(id::text) FILTER (WHERE wrong) AS sample
FROM compared
GROUP BY area_code
