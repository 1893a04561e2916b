-- Does every item that was paid trace to its documents, its people and the bank's word?
WITH told AS (
    SELECT DISTINCT area_code, attempt_id FROM payment_evidence
    WHERE meaning IN ('debited', 'credited', 'booked_debit')
),
judged AS (
    SELECT item.area_code, item.id, item.amount_minor,
        share.id IS NOT NULL AND payable.id IS NOT NULL AND ordered.id IS NOT NULL
            AND (received.id IS NOT NULL OR payable.receipt_line_id IS NULL
                AND payable.kind <> 'goods')
            AND (invoiced.id IS NOT NULL OR payable.invoice_line_id IS NULL
                AND payable.kind <> 'goods')
            AND line.confirmed_by IS NOT NULL AND line.first_reviewed_by IS NOT NULL
            AND line.re_reviewed_by IS NOT NULL
            AND line.first_reviewed_by <> line.re_reviewed_by
            AND batch.approved_by IS NOT NULL AND batch.released_by IS NOT NULL
            AND submission.sent_at IS NOT NULL AND told.attempt_id IS NOT NULL AS traced
    FROM payment_attempt AS attempt
    JOIN payment ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
    JOIN payment_item AS item
        ON item.area_code = attempt.area_code AND item.payment_id = payment.id
    LEFT JOIN payment_batch AS batch
        ON batch.area_code = attempt.area_code AND batch.id = payment.payment_batch_id
    LEFT JOIN submission
        ON submission.area_code = attempt.area_code AND submission.id = attempt.submission_id
    LEFT JOIN told ON told.area_code = attempt.area_code AND told.attempt_id = attempt.id
    LEFT JOIN payable_share AS share
        ON share.area_code = item.area_code AND share.id = item.payable_share_id
    LEFT JOIN application_line AS line
        ON line.area_code = item.area_code AND line.id = share.application_line_id
    LEFT JOIN payable ON payable.area_code = item.area_code AND payable.id = share.payable_id
    LEFT JOIN purchase_order_line AS ordered
        ON ordered.area_code = item.area_code AND ordered.id = payable.order_line_id
    LEFT JOIN goods_receipt_line AS received
        ON received.area_code = item.area_code AND received.id = payable.receipt_line_id
    LEFT JOIN invoice_line AS invoiced
        ON invoiced.area_code = item.area_code AND invoiced.id = payable.invoice_line_id
    WHERE attempt.posted_paid_minor > 0
)
SELECT area_code, count(*)::bigint AS examined,
    count(*) FILTER (WHERE traced IS NOT TRUE)::bigint AS broken,
    sum(amount_minor)::bigint AS figure_minor,
    min(id::text) FILTER (WHERE traced IS NOT TRUE) AS sample
FROM judged
GROUP BY area_code
