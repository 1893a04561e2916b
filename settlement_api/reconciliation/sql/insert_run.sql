-- One finished match run with its control totals.
INSERT INTO match_run (
    area_code, id, run_number, trigger, intake_id, match_request_id, matched_at,
    order_line_count, receipt_line_count, invoice_line_count,
    payables_inserted, payables_superseded, discrepancies_inserted, discrepancies_superseded,
    received_milli, returned_milli, received_matched_milli, received_waiting_milli,
    received_held_milli, invoiced_milli, credited_milli, invoiced_matched_milli,
    invoiced_waiting_milli, invoiced_held_milli, invoiced_minor, credited_minor, matched_minor,
    waiting_minor, held_minor, absorbed_milli, absorbed_minor
) VALUES (
    :area_code, :run_id, :run_number, :trigger, :intake_id, :match_request_id, :matched_at,
    :order_lines, :receipt_lines, :invoice_lines,
    :payables_inserted, :payables_superseded, :discrepancies_inserted, :discrepancies_superseded,
    :received, :returned, :received_matched, :received_waiting,
    :received_held, :invoiced_units, :credited_units, :invoiced_units_matched,
    :invoiced_units_waiting, :invoiced_units_held, :invoiced, :credited, :invoiced_matched,
    :invoiced_waiting, :invoiced_held, :absorbed_units, :absorbed
)
