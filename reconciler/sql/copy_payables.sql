-- Open and committed payables of the touched components, with the numbers their lines go by.
SELECT
    payable.id,
    match_key.key_no AS pool,
    payable.status = 'committed' AS committed,
    payable.order_line_id,
    coalesce(payable.receipt_line_id, '00000000-0000-0000-0000-000000000000') AS receipt_line_id,
    coalesce(payable.invoice_line_id, '00000000-0000-0000-0000-000000000000') AS invoice_line_id,
    coalesce(payable.adjusts_payable_id, '00000000-0000-0000-0000-000000000000') AS adjusts_id,
    coalesce(payable.contract_id, '00000000-0000-0000-0000-000000000000') AS contract_id,
    payable.decision_context_id AS context_id,
    (array_position(:kinds, payable.kind) - 1)::smallint AS kind,
    (array_position(:routes, payable.route) - 1)::smallint AS route,
    payable.quantity_milli AS quantity,
    payable.amount_minor AS amount,
    payable.basis_date - DATE '1970-01-01' AS basis_day,
    payable.clock_start_date - DATE '1970-01-01' AS clock_day
FROM match_key
CROSS JOIN LATERAL (
    SELECT *
    FROM payable AS own
    WHERE own.area_code = (SELECT current_setting('app.area_code'))
      AND own.hospital_id = match_key.hospital_id
      AND own.supplier_id = match_key.supplier_id
      AND own.component_code = match_key.component_code
    :fence
) AS payable
WHERE payable.status <> 'superseded'
ORDER BY payable.id
