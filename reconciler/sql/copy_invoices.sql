-- Effective invoice and credit note lines of the touched components, first in first.
WITH line AS (
    SELECT match_key.key_no, upstream.kind_if_missing, invoice_line.*
    FROM match_key
    LEFT JOIN LATERAL (
        SELECT CASE product.kind WHEN 'drug' THEN 1 WHEN 'consumable' THEN 2 WHEN 'reagent' THEN 3 END
            AS kind_if_missing
        FROM product
        WHERE :of_papers AND product.product_code = match_key.component_code
        :fence
    ) AS upstream ON :of_papers
    CROSS JOIN LATERAL (
        SELECT *
        FROM invoice_line AS own
        WHERE own.area_code = (SELECT current_setting('app.area_code'))
          AND own.hospital_id = match_key.hospital_id
          AND own.supplier_id = match_key.supplier_id
          AND own.product_code = match_key.component_code
        :fence
    ) AS invoice_line
    WHERE invoice_line.charge_kind = 'goods' AND invoice_line.state = 'effective'
    UNION ALL
    SELECT match_key.key_no, 0, invoice_line.*
    FROM match_key
    JOIN invoice_line
      ON invoice_line.area_code = (SELECT current_setting('app.area_code'))
     AND invoice_line.supplier_id = match_key.supplier_id
     AND invoice_line.invoice_number = substr(match_key.component_code, 8)
    WHERE starts_with(match_key.component_code, 'charge:')
      AND invoice_line.hospital_id = match_key.hospital_id
      AND invoice_line.charge_kind <> 'goods'
      AND invoice_line.state = 'effective'
      AND invoice_line.blue_invoice_number IS NULL
    UNION ALL
    SELECT match_key.key_no, 0, invoice_line.*
    FROM match_key
    JOIN invoice_line
      ON invoice_line.area_code = (SELECT current_setting('app.area_code'))
     AND invoice_line.supplier_id = match_key.supplier_id
     AND invoice_line.blue_invoice_number = substr(match_key.component_code, 8)
    WHERE starts_with(match_key.component_code, 'charge:')
      AND invoice_line.hospital_id = match_key.hospital_id
      AND invoice_line.charge_kind <> 'goods'
      AND invoice_line.state = 'effective'
)
SELECT
    line.id,
    line.key_no AS pool,
    hashtextextended(line.invoice_number, 0) AS number,
    line.line_number,
    line.document_kind = 'credit_note' AS red,
    coalesce(hashtextextended(line.order_number, 0), 0) AS order_number,
    CASE WHEN line.order_number IS NULL THEN -2 ELSE coalesce(line.order_line_number, -1) END
        AS order_line,
    coalesce(hashtextextended(line.receipt_number, 0), 0) AS receipt_number,
    CASE WHEN line.receipt_number IS NULL THEN -2 ELSE coalesce(line.receipt_line_number, -1) END
        AS receipt_line,
    coalesce(hashtextextended(line.blue_invoice_number, 0), 0) AS blue_number,
    CASE
        WHEN line.blue_invoice_number IS NULL AND line.document_kind = 'invoice' THEN -2
        ELSE coalesce(line.blue_line_number, -1)
    END AS blue_line,
    CASE WHEN line.unit_factor_known THEN 0 ELSE hashtext(coalesce(line.unit, '')) | 1 END AS unit,
    coalesce(line.quantity_milli, 0) AS quantity,
    line.total_minor AS amount,
    CASE
        WHEN document.id IS NOT NULL AND line.line_number = (
            SELECT min(sibling.line_number)
            FROM invoice_line AS sibling
            WHERE sibling.area_code = line.area_code AND sibling.document_id = line.document_id
        )
        THEN document.total_difference_minor
        ELSE 0
    END AS difference,
    coalesce(siblings.document_start, 0)::bigint AS document_start,
    coalesce(siblings.document_total, 0)::bigint AS document_total,
    coalesce(lowered.accepted_minor, 0) AS lowered,
    line.invoice_date - DATE '1970-01-01' AS day,
    CASE
        WHEN line.upstream_invoice_number IS NULL AND line.document_kind = 'invoice'
            AND line.blue_invoice_number IS NULL
        THEN coalesce(line.kind_if_missing, 0) ELSE 0
    END::smallint AS chain,
    CASE WHEN line.lot_number IS NULL THEN 0 ELSE hashtextextended(:lot_number, 0) END AS lot,
    line.charge_kind <> 'goods' AS charge,
    CASE registry.flag WHEN 'invoice_duplicate' THEN 1 WHEN 'invoice_overdrawn' THEN 2 ELSE 0 END
        ::smallint AS flag,
    line.product_id IS NULL AND line.charge_kind = 'goods' AS unknown
FROM line
LEFT JOIN resolution_link AS lowered
  ON lowered.area_code = (SELECT current_setting('app.area_code'))
 AND lowered.hospital_id = line.hospital_id
 AND lowered.supplier_id = line.supplier_id
 AND lowered.component_code = line.product_code
 AND lowered.invoice_number = line.invoice_number
 AND lowered.invoice_line_number = line.line_number
 AND lowered.status = 'effective'
 AND lowered.accepted_minor IS NOT NULL
 AND line.document_kind = 'invoice'
 AND line.charge_kind = 'goods'
LEFT JOIN document
  ON document.area_code = (SELECT current_setting('app.area_code'))
 AND document.id = line.document_id
 AND document.total_difference_minor <> 0
LEFT JOIN LATERAL (
    SELECT flag
    FROM invoice_registry
    WHERE invoice_key = line.invoice_number AND flag IS NOT NULL
    :fence
) AS registry ON true
LEFT JOIN LATERAL (
    SELECT
        sum(sibling.total_minor) FILTER (WHERE sibling.line_number < line.line_number)
            AS document_start,
        sum(sibling.total_minor) AS document_total
    FROM invoice_line AS sibling
    WHERE :of_documents
      AND sibling.area_code = line.area_code
      AND sibling.document_id = line.document_id
      AND sibling.charge_kind = 'goods'
) AS siblings ON :of_documents AND line.charge_kind = 'goods'
ORDER BY
    line.invoice_date, line.invoice_number COLLATE "C", line.line_number,
    line.quantity_milli, line.total_minor, line.order_number COLLATE "C", line.order_line_number,
    line.id
