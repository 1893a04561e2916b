-- Adds what one chunk found to the sums of its replay.
INSERT INTO replay_difference (
    area_code, replay_id, ending, reason, route, kind, lines_before, lines_after,
    before_milli, after_milli, before_minor, after_minor
)
SELECT :area_code, :id, chunk.*
FROM unnest(
    CAST(:ending AS text[]), CAST(:reason AS text[]), CAST(:route AS text[]),
    CAST(:kind AS text[]), CAST(:lines_before AS int[]), CAST(:lines_after AS int[]),
    CAST(:before_milli AS bigint[]), CAST(:after_milli AS bigint[]),
    CAST(:before_minor AS bigint[]), CAST(:after_minor AS bigint[])
) AS chunk
ON CONFLICT (area_code, replay_id, ending, reason, route, kind) DO UPDATE
SET lines_before = replay_difference.lines_before + excluded.lines_before,
    lines_after = replay_difference.lines_after + excluded.lines_after,
    before_milli = replay_difference.before_milli + excluded.before_milli,
    after_milli = replay_difference.after_milli + excluded.after_milli,
    before_minor = replay_difference.before_minor + excluded.before_minor,
    after_minor = replay_difference.after_minor + excluded.after_minor
