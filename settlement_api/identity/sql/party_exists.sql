-- Whether every part of a party that is named is known: area, hospital in that area, supplier.
SELECT
    (
        CAST(:area_code AS text) IS NULL
        OR EXISTS (SELECT FROM area WHERE area_code = :area_code)
    )
    AND (
        CAST(:hospital_id AS uuid) IS NULL
        OR EXISTS (
            SELECT FROM hospital_registry
            WHERE area_code = :area_code AND hospital_id = :hospital_id
        )
    )
    AND (
        CAST(:supplier_id AS uuid) IS NULL
        OR EXISTS (SELECT FROM supplier WHERE id = :supplier_id)
    )
