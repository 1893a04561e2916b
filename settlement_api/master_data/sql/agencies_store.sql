-- Stores new agencies of the area and new names; answers with the rows that changed something.
WITH stored AS (
    INSERT INTO agency (area_code, code, name, name_pinyin)
    SELECT area_code, agency_code, name, name_pinyin
    FROM staged
    ORDER BY agency_code
    ON CONFLICT (area_code, code) DO UPDATE
        SET name = excluded.name, name_pinyin = excluded.name_pinyin
        WHERE agency.name <> excluded.name
    RETURNING area_code, code
)
SELECT staged.row_no
FROM staged
JOIN stored ON stored.area_code = staged.area_code AND stored.code = staged.agency_code
