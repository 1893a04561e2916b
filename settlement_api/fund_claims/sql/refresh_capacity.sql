-- Brings the capacity of every hospital, month and scheme of an import up to its documents.
WITH touched AS (
    SELECT DISTINCT hospital_id, month, scheme
    FROM fund_document
    WHERE area_code = :area_code AND fund_import_id = :fund_import_id
),
effective AS (
    SELECT fund_document.*
    FROM touched
    JOIN fund_document
        ON fund_document.area_code = :area_code
        AND fund_document.state = 'effective'
        AND fund_document.hospital_id = touched.hospital_id
        AND fund_document.month = touched.month
        AND fund_document.scheme = touched.scheme
),
claim AS (
    SELECT DISTINCT ON (hospital_id, month, scheme) hospital_id, month, scheme, amount_minor
    FROM effective
    WHERE kind = 'claim'
    ORDER BY
        hospital_id, month, scheme,
        array_position(ARRAY['cleared', 'settled', 'estimated'], aspect)
),
gone AS (
    SELECT hospital_id, month, scheme, sum(amount_minor) AS amount_minor
    FROM effective
    WHERE kind = 'advance'
       OR kind = 'prepayment' AND aspect = 'recovery_due'
    GROUP BY hospital_id, month, scheme
),
figure AS (
    SELECT
        touched.hospital_id, touched.month, touched.scheme,
        greatest(coalesce(claim.amount_minor, 0) - coalesce(gone.amount_minor, 0), 0)::bigint
            AS available_minor
    FROM touched
    LEFT JOIN claim USING (hospital_id, month, scheme)
    LEFT JOIN gone USING (hospital_id, month, scheme)
)
INSERT INTO claim_capacity (area_code, hospital_id, scheme, month, available_minor)
SELECT :area_code, hospital_id, scheme, month, available_minor
FROM figure
ORDER BY hospital_id, scheme, month
ON CONFLICT (area_code, hospital_id, scheme, month) DO UPDATE
SET
    available_minor = excluded.available_minor,
    excess_minor = greatest(
        claim_capacity.reserved_minor + claim_capacity.consumed_minor - excluded.available_minor,
        0
    )
