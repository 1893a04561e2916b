-- Standing payables of these components that name one of these lines.
WITH component AS (
    SELECT *
    FROM unnest(
        CAST(:hospitals AS uuid[]), CAST(:suppliers AS uuid[]), CAST(:codes AS text[])
    ) AS given (hospital_id, supplier_id, component_code)
)
SELECT payable.id, count(*) OVER () AS total
FROM component
CROSS JOIN LATERAL (
    SELECT own.id
    FROM payable AS own
    WHERE own.hospital_id = component.hospital_id
      AND own.supplier_id = component.supplier_id
      AND own.component_code = component.component_code
      AND own.status <> 'superseded'
      AND (
          own.order_line_id = ANY(CAST(:ids AS uuid[]))
          OR own.receipt_line_id = ANY(CAST(:ids AS uuid[]))
          OR own.invoice_line_id = ANY(CAST(:ids AS uuid[]))
      )
    OFFSET 0
) AS payable
ORDER BY payable.id
LIMIT :most
