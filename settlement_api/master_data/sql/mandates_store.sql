-- Stores the mandates that are not on file.
WITH wanted AS (
    SELECT staged.row_no, hospital_registry.area_code, hospital_registry.hospital_id,
           staged.document_reference, staged.valid_from, staged.valid_to
    FROM staged
    JOIN hospital_registry USING (hospital_code)
),
stored AS (
    INSERT INTO mandate
        (area_code, hospital_id, document_reference, valid_from, valid_to, learned_at)
    SELECT area_code, hospital_id, document_reference, valid_from, valid_to, :at
    FROM wanted
    ORDER BY row_no
    ON CONFLICT (area_code, hospital_id, document_reference)
        WHERE superseded_at IS NULL DO NOTHING
    RETURNING area_code, hospital_id, document_reference
)
SELECT wanted.row_no
FROM wanted
JOIN stored USING (area_code, hospital_id, document_reference)
