-- Agencies of areas that are not on file.
WITH faults AS (
    SELECT row_no, 'area_code' AS column_name, 'unknown_area' AS code,
           'no area ' || area_code || ' is on file' AS message
    FROM staged
    WHERE area_code IS NOT NULL
      AND NOT EXISTS (SELECT FROM area WHERE area.area_code = staged.area_code)
)
SELECT row_no, column_name, code, message
FROM faults
ORDER BY row_no
