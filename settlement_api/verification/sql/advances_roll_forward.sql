-- Per hospital and scheme: paid − returned − recovered = the advance that is outstanding?
WITH moved AS (
    SELECT payment.area_code, item.hospital_id, payment.scheme, item.amount_minor,
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
    SELECT area_code, hospital_id, scheme,
        sum(amount_minor - div(2 * back * upto + whole, 2 * whole)
            + div(2 * back * (upto - amount_minor) + whole, 2 * whole)) AS kept
    FROM moved
    GROUP BY area_code, hospital_id, scheme
),
recovered AS (
    SELECT instruction.area_code, instruction.hospital_id, instruction.scheme,
        sum(instruction.amount_minor) AS recovered
    FROM offset_instruction AS instruction
    WHERE EXISTS (
        SELECT 1 FROM transfer
        WHERE transfer.area_code = instruction.area_code
          AND transfer.basis_kind = 'offset_instruction'
          AND transfer.basis_id = instruction.id
    )
    GROUP BY instruction.area_code, instruction.hospital_id, instruction.scheme
),
advance AS (
    SELECT ledger.area_code, account.party_id AS hospital_id, ledger.scheme,
        balance.posted_debit_minor - balance.posted_credit_minor AS outstanding
    FROM ledger
    JOIN ledger_account AS account
        ON account.area_code = ledger.area_code AND account.ledger_id = ledger.id
        AND account.account_kind = 'advance'
    JOIN LATERAL (
        SELECT * FROM account_balance AS row
        WHERE row.area_code = account.area_code AND row.account_id = account.id
        ORDER BY row.posting_number DESC
        LIMIT 1
    ) AS balance ON true
),
compared AS (
    SELECT area_code, hospital_id, coalesce(advance.outstanding, 0) AS outstanding,
        coalesce(paid.kept, 0) - coalesce(recovered.recovered, 0)
            <> coalesce(advance.outstanding, 0) AS wrong
    FROM paid
    FULL JOIN recovered USING (area_code, hospital_id, scheme)
    FULL JOIN advance USING (area_code, hospital_id, scheme)
)
SELECT area_code, count(*)::bigint AS examined, count(*) FILTER (WHERE wrong)::bigint AS broken,
    sum(outstanding)::bigint AS figure_minor,
    min(hospital_id::text) FILTER (WHERE wrong) AS sample
FROM compared
GROUP BY area_code
