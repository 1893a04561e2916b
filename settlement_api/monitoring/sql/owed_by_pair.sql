-- What does a hospital still have to settle itself with a supplier, line by line, net of corrections?
WITH standing AS (
    SELECT payable.id, payable.adjusts_payable_id, payable.amount_minor,
        payable.clock_start_date, payable.due_date, payable.invoice_line_id
    FROM payable
    WHERE payable.area_code = :area_code AND payable.hospital_id = :hospital_id
      AND payable.supplier_id = :supplier_id AND payable.route = 'self'
      AND payable.status <> 'superseded' AND payable.clock_start_date <= :as_of
),
correction AS (
    SELECT adjusts_payable_id, sum(amount_minor) AS amount_minor
    FROM standing
    WHERE adjusts_payable_id IS NOT NULL
    GROUP BY adjusts_payable_id
)
SELECT standing.id, coalesce(invoice.invoice_number, '') AS invoice_number,
    (standing.amount_minor + coalesce(correction.amount_minor, 0))::bigint AS amount_minor,
    standing.clock_start_date, standing.due_date
FROM standing
LEFT JOIN correction ON correction.adjusts_payable_id = standing.id
LEFT JOIN invoice_line AS invoice
    ON invoice.area_code = :area_code AND invoice.id = standing.invoice_line_id
WHERE standing.adjusts_payable_id IS NULL
  AND standing.amount_minor + coalesce(correction.amount_minor, 0) > 0
ORDER BY standing.id
