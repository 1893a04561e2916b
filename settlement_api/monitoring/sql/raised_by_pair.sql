-- Which invoices of a supplier to a hospital raised the prices of which earlier ones, and by how much?
-- Of the revisions of an invoice, the one that added most.
SELECT invoice_number, blue_invoice_number, max(amount_minor)::bigint AS amount_minor
FROM (
    SELECT document_id, invoice_number, blue_invoice_number, sum(total_minor) AS amount_minor
    FROM invoice_line
    WHERE area_code = :area_code AND hospital_id = :hospital_id AND supplier_id = :supplier_id
      AND document_kind = 'invoice' AND blue_invoice_number IS NOT NULL
    GROUP BY document_id, invoice_number, blue_invoice_number
) AS revision
GROUP BY invoice_number, blue_invoice_number
ORDER BY invoice_number COLLATE "C", blue_invoice_number COLLATE "C"
