-- Registers the codes of new hospitals for their area.
WITH registered AS (
    INSERT INTO hospital_registry (hospital_code, area_code, hospital_id)
    SELECT hospital.hospital_code, hospital.area_code, hospital.id
    FROM staged
    JOIN hospital USING (area_code, hospital_code)
    ORDER BY hospital.hospital_code
    ON CONFLICT (hospital_code) DO NOTHING
    RETURNING hospital_code
)
SELECT staged.row_no
FROM staged
JOIN registered USING (hospital_code)
