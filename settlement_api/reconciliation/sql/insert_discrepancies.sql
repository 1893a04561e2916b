-- New discrepancies of a run, from staging.
INSERT INTO discrepancy (
    area_code, id, match_run_id, hospital_id, supplier_id, component_code, order_line_id,
    receipt_line_id, invoice_line_id, other_line_id, reason, effect, quantity_milli, amount_minor,
    compared
)
SELECT
    :area_code, staged.id, :run_id, match_key.hospital_id, match_key.supplier_id,
    match_key.component_code,
    nullif(staged.order_id, CAST(:nil AS uuid)), nullif(staged.receipt_id, CAST(:nil AS uuid)),
    nullif(staged.invoice_id, CAST(:nil AS uuid)), nullif(staged.other_id, CAST(:nil AS uuid)),
    (CAST(:reasons AS text[]))[staged.reason + 1],
    (CAST(:effects AS text[]))[staged.effect + 1],
    staged.quantity, staged.amount,
    jsonb_build_object('stated', staged.stated, 'allowed', staged.allowed)
FROM match_discrepancy AS staged
JOIN match_key ON match_key.key_no = staged.pool
