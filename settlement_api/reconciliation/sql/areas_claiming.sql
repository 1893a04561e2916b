-- The areas whose documents claim one of these invoice numbers.
SELECT DISTINCT area_code
FROM invoice_claim
WHERE invoice_key = ANY(CAST(:invoice_numbers AS text[]))
ORDER BY area_code
