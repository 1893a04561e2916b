-- A run that somebody asks for, unless the area has one that is not over yet.
INSERT INTO match_request (
    area_code, id, kind, status, done_count, run_count, order_line_count, payables_inserted,
    payables_superseded, discrepancies_inserted, discrepancies_superseded, invoiced_minor,
    credited_minor, matched_minor, waiting_minor, held_minor, requested_by, requested_at
)
VALUES (
    :area_code, :id, :kind, 'requested', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, :requested_by, :at
)
ON CONFLICT (area_code) WHERE status IN ('requested', 'running') DO NOTHING
