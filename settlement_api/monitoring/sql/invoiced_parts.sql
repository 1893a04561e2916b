-- Splits every effective invoice line (of some days, or the lines named) by where its fen stand.
WITH invoiced AS (
    SELECT id, invoice_number, supplier_id, total_minor
    FROM invoice_line
    WHERE area_code = :area_code
      AND state = 'effective'
      AND document_kind = 'invoice'
      AND (CAST(:from_date AS date) IS NULL OR invoice_date >= :from_date)
      AND (CAST(:to_date AS date) IS NULL OR invoice_date <= :to_date)
      AND (CAST(:line_ids AS uuid[]) IS NULL OR id = ANY(CAST(:line_ids AS uuid[])))
),
matched AS (
    SELECT
        invoiced.id AS line_id, payable.id, payable.route, payable.status, payable.amount_minor,
        payable.order_line_id, payable.receipt_line_id
    FROM invoiced
    JOIN payable
        ON payable.area_code = :area_code
        AND payable.invoice_line_id = invoiced.id
        AND payable.status <> 'superseded'
),
found AS (
    SELECT
        invoiced.id AS line_id, discrepancy.order_line_id, discrepancy.receipt_line_id,
        discrepancy.reason, discrepancy.effect, discrepancy.amount_minor
    FROM invoiced
    JOIN discrepancy
        ON discrepancy.area_code = :area_code
        AND discrepancy.invoice_line_id = invoiced.id
        AND discrepancy.status <> 'superseded'
        AND discrepancy.other_line_id IS NULL
),
without_contract AS (
    SELECT line_id, order_line_id, receipt_line_id, min(reason) AS reason
    FROM found
    WHERE reason IN (
        'no_contract', 'contract_expired', 'supplier_not_authorised', 'area_not_covered',
        'product_unknown', 'unit_not_convertible'
    )
    GROUP BY line_id, order_line_id, receipt_line_id
),
unpaid AS (
    SELECT id, payable_share_id, reason
    FROM batch_exclusion
    WHERE area_code = :area_code
    UNION ALL
    SELECT payment_item.id, payment_item.payable_share_id, payment.outcome
    FROM payment_item
    JOIN payment
        ON payment.area_code = :area_code
        AND payment.id = payment_item.payment_id
        AND payment.outcome IN ('rejected', 'cancelled', 'returned', 'not_sent')
    WHERE payment_item.area_code = :area_code
),
last_tried AS (
    SELECT DISTINCT ON (payable_share_id) payable_share_id, reason
    FROM unpaid
    ORDER BY payable_share_id, id DESC
),
share AS (
    SELECT
        matched.line_id,
        payable_share.paid_minor - payable_share.returned_minor AS paid_minor,
        payable_share.set_off_minor,
        payable_share.reserved_minor,
        payable_share.confirmed_minor - payable_share.reserved_minor - payable_share.paid_minor
            + payable_share.returned_minor - payable_share.set_off_minor AS open_minor,
        coalesce(last_tried.reason, 'not_batched') AS open_reason
    FROM matched
    JOIN payable_share
        ON payable_share.area_code = :area_code AND payable_share.payable_id = matched.id
    LEFT JOIN last_tried ON last_tried.payable_share_id = payable_share.id
),
applied AS (
    SELECT matched.line_id, line.status, line.dispute_reason, line.amount_minor
    FROM matched
    JOIN application_line AS line
        ON line.area_code = :area_code
        AND line.payable_id = matched.id
        AND NOT line.shares_fixed
),
part AS (
    SELECT line_id, 'outside' AS ending, 'paid_offline' AS reason, amount_minor
    FROM matched
    WHERE route = 'outside'
    UNION ALL
    SELECT
        matched.line_id, 'self_settled', coalesce(without_contract.reason, 'self'),
        matched.amount_minor
    FROM matched
    LEFT JOIN without_contract
        ON without_contract.line_id = matched.line_id
        AND without_contract.order_line_id = matched.order_line_id
        AND without_contract.receipt_line_id IS NOT DISTINCT FROM matched.receipt_line_id
    WHERE matched.route = 'self'
    UNION ALL
    SELECT line_id, 'waiting', 'not_applied_for', amount_minor
    FROM matched
    WHERE route = 'direct' AND status = 'open'
    UNION ALL
    SELECT
        line_id,
        CASE
            WHEN status IN ('submitted', 'confirmed', 'under_review') THEN 'waiting'
            WHEN status = 'accepted' THEN 'accepted_unpaid'
            ELSE 'in_dispute'
        END,
        CASE status
            WHEN 'submitted' THEN 'not_confirmed'
            WHEN 'confirmed' THEN 'not_reviewed'
            WHEN 'under_review' THEN 'not_re_reviewed'
            WHEN 'accepted' THEN 'not_batched'
            WHEN 'disputed' THEN dispute_reason
            ELSE status
        END,
        amount_minor
    FROM applied
    UNION ALL
    SELECT share.line_id, place.ending, place.reason, place.amount_minor
    FROM share
    CROSS JOIN LATERAL (
        VALUES
            ('paid', 'paid', share.paid_minor),
            ('paid', 'set_off', share.set_off_minor),
            ('accepted_unpaid', 'in_payment', share.reserved_minor),
            ('accepted_unpaid', share.open_reason, share.open_minor)
    ) AS place (ending, reason, amount_minor)
    WHERE place.amount_minor <> 0
    UNION ALL
    SELECT
        line_id,
        CASE
            WHEN effect = 'waiting' THEN 'waiting'
            WHEN reason IN ('charge_not_contracted', 'nothing_to_pay') THEN 'outside'
            ELSE 'in_dispute'
        END,
        reason, amount_minor
    FROM found
    WHERE effect IN ('waiting', 'held')
),
-- A line that raises an earlier line's price is paid with that line: what came to it is moved there.
-- A credit note without a line number comes off the first line of its product, as it is matched, and
-- off nothing more than that line states.
raising AS (
    SELECT
        line.id, line.supplier_id, line.blue_invoice_number, line.product_code,
        line.blue_line_number, line.hospital_id,
        line.total_minor - coalesce(credited.amount_minor, 0) AS amount_minor
    FROM invoice_line AS line
    CROSS JOIN LATERAL (
        SELECT min(own.line_number) AS line_number
        FROM invoice_line AS own
        WHERE own.area_code = :area_code
          AND own.supplier_id = line.supplier_id
          AND own.invoice_number = line.invoice_number
          AND own.hospital_id = line.hospital_id
          AND own.product_code = line.product_code
          AND own.document_kind = 'invoice'
          AND own.state = 'effective'
    ) AS first
    LEFT JOIN LATERAL (
        SELECT sum(red.total_minor) AS amount_minor
        FROM invoice_line AS red
        WHERE red.area_code = :area_code
          AND red.supplier_id = line.supplier_id
          AND red.blue_invoice_number = line.invoice_number
          AND red.hospital_id = line.hospital_id
          AND red.product_code = line.product_code
          AND red.document_kind = 'credit_note'
          AND red.state = 'effective'
          AND coalesce(red.blue_line_number, first.line_number) = line.line_number
    ) AS credited ON true
    WHERE line.area_code = :area_code
      AND line.state = 'effective'
      AND line.document_kind = 'invoice'
      AND line.blue_invoice_number IS NOT NULL
      AND NOT EXISTS (
          SELECT
          FROM discrepancy
          WHERE discrepancy.area_code = :area_code
            AND discrepancy.invoice_line_id = line.id
            AND discrepancy.other_line_id IS NULL
            AND discrepancy.status <> 'superseded'
            AND discrepancy.effect IN ('waiting', 'held')
      )
),
moved AS (
    SELECT raising.id AS line_id, blue.id AS blue_id, raising.amount_minor
    FROM raising
    CROSS JOIN LATERAL (
        SELECT own.id
        FROM invoice_line AS own
        WHERE own.area_code = :area_code
          AND own.supplier_id = raising.supplier_id
          AND own.hospital_id = raising.hospital_id
          AND own.invoice_number = raising.blue_invoice_number
          AND own.product_code = raising.product_code
          AND own.document_kind = 'invoice'
          AND own.state = 'effective'
          AND own.line_number = coalesce(raising.blue_line_number, own.line_number)
        ORDER BY own.line_number
        LIMIT 1
    ) AS blue
    WHERE raising.amount_minor > 0
),
every_part AS (
    SELECT * FROM part
    UNION ALL
    SELECT moved.line_id, 'raised_price', 'raised_price', moved.amount_minor
    FROM moved
    JOIN invoiced ON invoiced.id = moved.line_id
    UNION ALL
    SELECT moved.blue_id, 'raised_price', 'raised_price', -moved.amount_minor
    FROM moved
    JOIN invoiced ON invoiced.id = moved.blue_id
),
summed AS (
    SELECT line_id, ending, reason, sum(amount_minor)::bigint AS amount_minor
    FROM every_part
    GROUP BY line_id, ending, reason
),
remainder AS (
    SELECT
        invoiced.id AS line_id, invoiced.invoice_number, invoiced.supplier_id,
        count(summed.line_id) AS part_count,
        (invoiced.total_minor - coalesce(sum(summed.amount_minor), 0))::bigint AS amount_minor
    FROM invoiced
    LEFT JOIN summed ON summed.line_id = invoiced.id
    GROUP BY invoiced.id, invoiced.invoice_number, invoiced.supplier_id, invoiced.total_minor
),
red AS (
    SELECT DISTINCT supplier_id, blue_invoice_number
    FROM invoice_line
    WHERE area_code = :area_code
      AND document_kind = 'credit_note'
      AND state = 'effective'
      AND blue_invoice_number IS NOT NULL
)
INSERT INTO invoiced_part (line_id, ending, reason, amount_minor)
SELECT line_id, ending, reason, amount_minor
FROM summed
UNION ALL
SELECT
    remainder.line_id,
    CASE
        WHEN red.blue_invoice_number IS NOT NULL THEN 'credited'
        WHEN remainder.part_count = 0 THEN 'waiting'
        ELSE 'unaccounted'
    END,
    CASE
        WHEN red.blue_invoice_number IS NOT NULL THEN 'credit_note'
        WHEN remainder.part_count = 0 THEN 'not_matched'
        ELSE 'unaccounted'
    END,
    remainder.amount_minor
FROM remainder
LEFT JOIN red
    ON red.supplier_id = remainder.supplier_id
    AND red.blue_invoice_number = remainder.invoice_number
WHERE remainder.amount_minor <> 0 OR remainder.part_count = 0
