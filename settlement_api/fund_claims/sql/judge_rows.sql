-- Which staged rows are new, say what is stored already, or contradict it under the same identity.
WITH numbered AS (
    SELECT
        fund_row.*,
        first_value(amount_minor) OVER same AS first_amount,
        first_value(paid_date) OVER same AS first_paid_date,
        row_number() OVER same AS occurrence
    FROM fund_row
    WINDOW same AS (
        PARTITION BY hospital_code, month, scheme, kind, aspect, external_number, version
        ORDER BY row_no
    )
),
compared AS (
    SELECT
        numbered.row_no,
        numbered.hospital_id IS NULL AS hospital_unknown,
        stored.id IS NOT NULL OR numbered.occurrence > 1 AS known,
        numbered.amount_minor = coalesce(stored.amount_minor, numbered.first_amount)
        AND numbered.paid_date IS NOT DISTINCT FROM
            CASE WHEN stored.id IS NULL THEN numbered.first_paid_date ELSE stored.paid_date END
            AS same_content
    FROM numbered
    LEFT JOIN fund_document AS stored
        ON stored.area_code = :area_code
        AND stored.hospital_id = numbered.hospital_id
        AND stored.month = numbered.month
        AND stored.scheme = numbered.scheme
        AND stored.kind = numbered.kind
        AND stored.aspect = numbered.aspect
        AND stored.external_number = numbered.external_number
        AND stored.version = numbered.version
)
UPDATE fund_row
SET
    outcome = CASE
        WHEN compared.hospital_unknown THEN 'rejected'
        WHEN NOT compared.known THEN 'accepted'
        WHEN compared.same_content THEN 'unchanged'
        ELSE 'rejected'
    END,
    reason = CASE
        WHEN compared.hospital_unknown THEN 'hospital_unknown'
        WHEN compared.known AND NOT compared.same_content THEN 'version_differs'
    END
FROM compared
WHERE compared.row_no = fund_row.row_no
