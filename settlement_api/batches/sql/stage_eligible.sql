-- Locks (waiting) every open share of a scheme up to the cut-off, ranked by the pack's priority. What
-- a payment in conflict was for may have been paid: it waits until people end the conflict. A share
-- that opened after the payees were looked up has none yet.
WITH locked AS (
    SELECT
        id, application_line_id, payable_id, hospital_id, supplier_id,
        confirmed_minor - reserved_minor - paid_minor + returned_minor - set_off_minor
            AS open_minor
    FROM payable_share
    WHERE area_code = :area_code
      AND scheme = :scheme
      AND confirmed_minor - reserved_minor - paid_minor + returned_minor - set_off_minor <> 0
    ORDER BY id
    FOR NO KEY UPDATE
),
disputed AS (
    SELECT item.payable_share_id
    FROM payment_attempt AS attempt
    JOIN payment_item AS item
        ON item.area_code = attempt.area_code AND item.payment_id = attempt.payment_id
    WHERE attempt.area_code = :area_code AND attempt.outcome = 'conflict'
),
asked AS (
    SELECT
        locked.*,
        payee.payee_account_id,
        CASE
            WHEN locked.id IN (SELECT disputed.payable_share_id FROM disputed)
                THEN 'payment_in_conflict'
            WHEN locked.hospital_id NOT IN (SELECT unnest(CAST(:mandated AS uuid[])))
                THEN 'mandate_missing'
            WHEN payee.supplier_id IS NULL THEN 'account_unverified'
            ELSE payee.reason
        END AS reason,
        row_number() OVER (
            ORDER BY
                CASE :first_priority
                    WHEN 'oldest_due_date' THEN payable.due_date - DATE '2000-01-01'
                    WHEN 'declared_sme' THEN 1 - supplier.is_sme::int
                END NULLS LAST,
                CASE :second_priority
                    WHEN 'oldest_due_date' THEN payable.due_date - DATE '2000-01-01'
                    WHEN 'declared_sme' THEN 1 - supplier.is_sme::int
                END NULLS LAST,
                hospital.hospital_code,
                supplier.uscc,
                order_line.order_number,
                order_line.line_number,
                payable.clock_start_date,
                abs(locked.open_minor),
                line.part_no,
                locked.payable_id,
                locked.id
        ) AS rank
    FROM locked
    JOIN application_line AS line
        ON line.area_code = :area_code
        AND line.id = locked.application_line_id
        AND line.accepted_at <= CAST(:cutoff_at AS timestamptz)
    JOIN payable ON payable.area_code = :area_code AND payable.id = locked.payable_id
    JOIN hospital ON hospital.area_code = :area_code AND hospital.id = locked.hospital_id
    JOIN supplier ON supplier.id = locked.supplier_id
    LEFT JOIN purchase_order_line AS order_line
        ON order_line.area_code = :area_code AND order_line.id = payable.order_line_id
    LEFT JOIN payee ON payee.supplier_id = locked.supplier_id
)
INSERT INTO eligible_share (
    share_id, line_id, hospital_id, supplier_id, payee_account_id, open_minor, rank, reason
)
SELECT
    id, application_line_id, hospital_id, supplier_id, payee_account_id, open_minor, rank,
    coalesce(reason, CASE
        WHEN sum(open_minor) FILTER (WHERE reason IS NULL)
            OVER (PARTITION BY hospital_id, supplier_id) < 0 THEN 'net_negative'
    END)
FROM asked
