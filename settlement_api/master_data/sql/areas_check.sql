-- Areas that are on file in another province: an area never moves.
SELECT staged.row_no, 'province_code' AS column_name, 'not_changeable' AS code,
       'the area is on file in province ' || area.province_code AS message
FROM staged
JOIN area USING (area_code)
WHERE staged.province_code <> area.province_code
ORDER BY row_no
