-- How many of these invoice lines of one day come before an invoice number, first in first.
SELECT count(*)
FROM invoice_line
WHERE area_code = :area_code
  AND id = ANY(CAST(:ids AS uuid[]))
  AND invoice_number COLLATE "C" < :number
