-- Are share, payment, batch, account and ledger of every payment of one scheme?
WITH strayed AS (
    SELECT payment.area_code, payment.id
    FROM payment
    JOIN payment_item AS item
        ON item.area_code = payment.area_code AND item.payment_id = payment.id
    JOIN payable_share AS share
        ON share.area_code = item.area_code AND share.id = item.payable_share_id
    WHERE share.scheme <> payment.scheme
    UNION
    SELECT payment.area_code, payment.id
    FROM payment
    JOIN payment_attempt AS attempt
        ON attempt.area_code = payment.area_code AND attempt.payment_id = payment.id
    JOIN transfer
        ON transfer.area_code = attempt.area_code
        AND transfer.basis_kind = 'payment_attempt'
        AND transfer.basis_id = attempt.id
    JOIN ledger ON ledger.area_code = transfer.area_code AND ledger.id = transfer.ledger_id
    WHERE ledger.scheme NOT IN ('', payment.scheme)
),
judged AS (
    SELECT payment.area_code, payment.id, payment.amount_minor,
        account.scheme = payment.scheme
            AND (batch.id IS NULL OR batch.scheme = payment.scheme)
            AND strayed.id IS NULL AS one_scheme
    FROM payment
    JOIN agency_account AS account
        ON account.area_code = payment.area_code AND account.id = payment.agency_account_id
    LEFT JOIN payment_batch AS batch
        ON batch.area_code = payment.area_code AND batch.id = payment.payment_batch_id
    LEFT JOIN strayed ON strayed.area_code = payment.area_code AND strayed.id = payment.id
)
SELECT area_code, count(*)::bigint AS examined,
    count(*) FILTER (WHERE NOT one_scheme)::bigint AS broken,
    sum(amount_minor)::bigint AS figure_minor,
    min(id::text) FILTER (WHERE NOT one_scheme) AS sample
FROM judged
GROUP BY area_code
