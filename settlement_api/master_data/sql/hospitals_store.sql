-- Stores new hospitals of the area and what changed of known ones.
WITH stored AS (
    INSERT INTO hospital
        (area_code, hospital_code, name, name_pinyin, level, ownership, suspended_from)
    SELECT area_code, hospital_code, name, name_pinyin, level, ownership, suspended_from
    FROM staged
    ORDER BY hospital_code
    ON CONFLICT (area_code, hospital_code) DO UPDATE
        SET name = excluded.name, name_pinyin = excluded.name_pinyin, level = excluded.level,
            ownership = excluded.ownership, suspended_from = excluded.suspended_from
        WHERE (hospital.name, hospital.level, hospital.ownership, hospital.suspended_from)
            IS DISTINCT FROM
            (excluded.name, excluded.level, excluded.ownership, excluded.suspended_from)
    RETURNING area_code, hospital_code
)
SELECT staged.row_no
FROM staged
JOIN stored USING (area_code, hospital_code)
