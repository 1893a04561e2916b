-- One area's part of a replay that somebody asks for.
INSERT INTO replay (
    area_code, id, from_month, to_month, stretches, alternative, status, done_count,
    order_line_count, changed_count, invoiced_minor, credited_minor, matched_before_minor,
    waiting_before_minor, held_before_minor, matched_after_minor, waiting_after_minor,
    held_after_minor, received_milli, returned_milli, matched_before_milli, waiting_before_milli,
    held_before_milli, matched_after_milli, waiting_after_milli, held_after_milli,
    requested_by, requested_at
)
VALUES (
    :area_code, :id, :from_month, :to_month, CAST(:stretches AS jsonb),
    CAST(:alternative AS jsonb), 'requested',
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, :requested_by, :at
)
