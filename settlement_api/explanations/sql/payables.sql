-- Payables by their ids.
SELECT
    payable.area_code, payable.id, payable.hospital_id, payable.supplier_id, payable.kind,
    payable.status, payable.route, payable.quantity_milli, payable.amount_minor,
    payable.order_line_id, payable.receipt_line_id, payable.invoice_line_id,
    payable.adjusts_payable_id, payable.contract_id, payable.decision_context_id,
    payable.match_run_id, payable.basis_date, payable.clock_start_date, payable.due_date
FROM payable
WHERE payable.area_code = ANY(CAST(:areas AS text[])) AND payable.id = ANY(CAST(:ids AS uuid[]))
ORDER BY payable.id
