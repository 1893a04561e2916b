-- Stores the days that are not on file.
WITH stored AS (
    INSERT INTO calendar_day (year, day, is_working, name)
    SELECT year, day, is_working, name
    FROM staged
    ORDER BY day
    ON CONFLICT (day) WHERE superseded_at IS NULL DO NOTHING
    RETURNING day
)
SELECT staged.row_no
FROM staged
JOIN stored USING (day)
