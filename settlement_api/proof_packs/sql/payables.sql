-- Payables by their ids, with the lines of the papers they were matched on.
SELECT id, kind, amount_minor, order_line_id, receipt_line_id, invoice_line_id
FROM payable
WHERE area_code = :area_code AND id = ANY(CAST(:ids AS uuid[]))
ORDER BY id
