-- Order lines of one chunk that other rules would have settled differently.
INSERT INTO replay_line (
    area_code, replay_id, order_line_id, before_milli, after_milli, before_minor, after_minor,
    routes_before, routes_after, reasons_before, reasons_after
)
SELECT :area_code, :id, chunk.*
FROM unnest(
    CAST(:order_line_id AS uuid[]), CAST(:before_milli AS bigint[]),
    CAST(:after_milli AS bigint[]), CAST(:before_minor AS bigint[]),
    CAST(:after_minor AS bigint[]), CAST(:routes_before AS text[]),
    CAST(:routes_after AS text[]), CAST(:reasons_before AS text[]),
    CAST(:reasons_after AS text[])
) AS chunk
