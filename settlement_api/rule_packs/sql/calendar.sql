-- The years that were loaded and the days that are not what their weekday says, as JSON texts.
SELECT
    (SELECT coalesce(jsonb_agg(year ORDER BY year), '[]') FROM calendar_year)::text AS years,
    (
        SELECT coalesce(jsonb_object_agg(day, is_working), '{}')
        FROM calendar_day
        WHERE superseded_at IS NULL
    )::text AS days
