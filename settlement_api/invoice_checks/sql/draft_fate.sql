-- What the documents and claims that are there make of an invoice number: which earlier revisions
-- give way, whether it was voided before it came, and the flag its claim would bring on it.
-- Claims of other areas are counted, never shown.
WITH own AS (
    SELECT document.id, document.revision
    FROM document
    WHERE document.area_code = :area_code
      AND document.source_system = :source
      AND document.kind = 'invoice'
      AND document.issuer_code = :issuer
      AND document.external_number = :number
),
claim AS (
    SELECT total_minor, amount_minor, false AS is_draft
    FROM invoice_claim
    WHERE invoice_key = :number
      AND is_active
      AND NOT EXISTS (
          SELECT
          FROM own
          WHERE invoice_claim.area_code = :area_code AND own.id = invoice_claim.document_id
      )
    UNION ALL
    SELECT CAST(:total AS bigint), CAST(:amount AS bigint), true
)
SELECT
    coalesce((SELECT array_agg(revision) FROM own), '{}') AS revisions,
    coalesce(
        (
            SELECT array_agg(line.id)
            FROM own
            JOIN invoice_line AS line
              ON line.area_code = :area_code AND line.document_id = own.id
        ), '{}'
    ) AS replaced,
    EXISTS (
        SELECT
        FROM document_cancellation AS cancellation
        WHERE cancellation.area_code = :area_code
          AND cancellation.hospital_id = :hospital_id
          AND cancellation.supplier_id = :supplier_id
          AND cancellation.target_kind = 'invoice'
          AND cancellation.target_number = :number
          AND cancellation.state = 'effective'
    ) AS voided,
    bool_or(NOT claim.is_draft) AS taken,
    CASE
        WHEN count(*) < 2 OR sum(claim.amount_minor) <= min(claim.total_minor) THEN 0
        WHEN min(claim.amount_minor) = max(claim.amount_minor) THEN 1
        ELSE 2
    END AS flag
FROM claim
