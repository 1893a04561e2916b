-- Stores new areas and new names; answers with the rows that changed something.
WITH stored AS (
    INSERT INTO area (area_code, name, name_pinyin, province_code)
    SELECT area_code, name, name_pinyin, province_code
    FROM staged
    ORDER BY area_code
    ON CONFLICT (area_code) DO UPDATE
        SET name = excluded.name, name_pinyin = excluded.name_pinyin
        WHERE area.name <> excluded.name
    RETURNING area_code
)
SELECT staged.row_no
FROM staged
JOIN stored USING (area_code)
