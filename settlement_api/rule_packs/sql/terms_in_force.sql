-- The newest pack whose first day is not after :on, and the calendar as it is now, each as JSON text.
SELECT
    rule_pack.content::text AS content,
    (SELECT coalesce(jsonb_agg(year ORDER BY year), '[]') FROM calendar_year)::text AS years,
    (
        SELECT coalesce(jsonb_object_agg(day, is_working), '{}')
        FROM calendar_day
        WHERE superseded_at IS NULL
    )::text AS days
FROM rule_pack
WHERE rule_pack.valid_from <= :on
ORDER BY rule_pack.valid_from DESC
LIMIT 1
