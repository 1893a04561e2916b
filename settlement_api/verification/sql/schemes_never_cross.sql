-- Are share, payment, batch, account and ledger of every payment of one scheme?
WITH judged AS (
    SELECT payment.area_code, payment.id, payment.amount_minor,
        account.scheme = payment.scheme
            AND (batch.id IS NULL OR batch.scheme = payment.scheme)
            AND NOT EXISTS (
                SELECT 1 FROM payment_item AS item
                JOIN payable_share AS share
                    ON share.area_code = item.area_code AND share.id = item.payable_share_id
                WHERE item.area_code = payment.area_code AND item.payment_id = payment.id
                  AND share.scheme <> payment.scheme
            )
            AND NOT EXISTS (
                SELECT 1 FROM payment_attempt AS attempt
                JOIN transfer
                    ON transfer.area_code = attempt.area_code
                    AND transfer.basis_kind = 'payment_attempt'
                    AND transfer.basis_id = attempt.id
                JOIN ledger
                    ON ledger.area_code = transfer.area_code AND ledger.id = transfer.ledger_id
                WHERE attempt.area_code = payment.area_code AND attempt.payment_id = payment.id
                  AND ledger.scheme NOT IN ('', payment.scheme)
            ) AS one_scheme
    FROM payment
    JOIN agency_account AS account
        ON account.area_code = payment.area_code AND account.id = payment.agency_account_id
    LEFT JOIN payment_batch AS batch
        ON batch.area_code = payment.area_code AND batch.id = payment.payment_batch_id
)
SELECT area_code, count(*)::bigint AS examined,
    count(*) FILTER (WHERE NOT one_scheme)::bigint AS broken,
    sum(amount_minor)::bigint AS figure_minor,
    min(id::text) FILTER (WHERE NOT one_scheme) AS sample
FROM judged
GROUP BY area_code
