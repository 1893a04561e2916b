-- Makes the years of the file known; their first rows answer for them.
WITH stored AS (
    INSERT INTO calendar_year (year, source)
    SELECT year, min(source)
    FROM staged
    GROUP BY year
    ORDER BY year
    ON CONFLICT (year) DO NOTHING
    RETURNING year
)
SELECT min(staged.row_no) AS row_no
FROM staged
JOIN stored USING (year)
GROUP BY staged.year
