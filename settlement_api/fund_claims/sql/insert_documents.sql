-- Stores the accepted rows; only the highest version of each is effective.
WITH accepted AS (
    SELECT
        fund_row.*,
        max(version) OVER (
            PARTITION BY hospital_id, month, scheme, kind, aspect, external_number
        ) AS highest
    FROM fund_row
    WHERE outcome = 'accepted'
)
INSERT INTO fund_document (
    area_code, hospital_id, scheme, month, kind, aspect, external_number, version,
    amount_minor, paid_date, fund_import_id, state
)
SELECT
    :area_code, hospital_id, scheme, month, kind, aspect, external_number, version,
    amount_minor, paid_date, :fund_import_id,
    CASE
        WHEN version < highest OR EXISTS (
            SELECT 1
            FROM fund_document AS later
            WHERE later.area_code = :area_code
              AND later.hospital_id = accepted.hospital_id
              AND later.month = accepted.month
              AND later.scheme = accepted.scheme
              AND later.kind = accepted.kind
              AND later.aspect = accepted.aspect
              AND later.external_number = accepted.external_number
              AND later.version > accepted.version
        ) THEN 'superseded'
        ELSE 'effective'
    END
FROM accepted
ORDER BY row_no
