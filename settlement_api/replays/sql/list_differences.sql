-- The differences of one area's replay, in the order they are shown.
SELECT
    ending, reason, route, kind, lines_before, lines_after, before_milli, after_milli,
    before_minor, after_minor
FROM replay_difference
WHERE area_code = :area_code AND replay_id = :id
ORDER BY
    array_position(
        ARRAY['matched', 'waiting', 'held', 'absorbed', 'information', 'correction'], ending
    ),
    reason, route, kind
