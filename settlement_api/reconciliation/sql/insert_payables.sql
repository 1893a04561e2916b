-- New payables of a run, from staging.
INSERT INTO payable (
    area_code, id, match_run_id, hospital_id, supplier_id, component_code, order_line_id,
    receipt_line_id, invoice_line_id, kind, adjusts_payable_id, quantity_milli, amount_minor,
    contract_id, route, decision_context_id, basis_date, clock_start_date, due_date, due_date_state
)
SELECT
    :area_code, staged.id, :run_id, match_key.hospital_id, match_key.supplier_id,
    match_key.component_code,
    staged.order_id,
    nullif(staged.receipt_id, CAST(:nil AS uuid)), nullif(staged.invoice_id, CAST(:nil AS uuid)),
    (CAST(:kinds AS text[]))[staged.kind + 1],
    nullif(staged.adjusts_id, CAST(:nil AS uuid)), staged.quantity, staged.amount,
    nullif(staged.contract_id, CAST(:nil AS uuid)),
    (CAST(:routes AS text[]))[staged.route + 1],
    (CAST(:context_ids AS uuid[]))[staged.terms + 1],
    DATE '1970-01-01' + staged.basis_day,
    DATE '1970-01-01' + staged.clock_day,
    CASE WHEN staged.due_day = 2147483647 THEN NULL ELSE DATE '1970-01-01' + staged.due_day END,
    CASE WHEN staged.due_day = 2147483647 THEN 'pending_calendar' ELSE 'known' END
FROM match_payable AS staged
JOIN match_key ON match_key.key_no = staged.pool
