-- Names the hospital of every staged row and keeps two imports of one hospital apart.
WITH named AS (
    SELECT hospital.id, hospital.hospital_code
    FROM hospital
    WHERE hospital.area_code = :area_code
      AND hospital.hospital_code IN (SELECT fund_row.hospital_code FROM fund_row)
    ORDER BY hospital.id
    FOR NO KEY UPDATE
)
UPDATE fund_row
SET hospital_id = named.id
FROM named
WHERE named.hospital_code = fund_row.hospital_code
