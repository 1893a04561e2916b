-- Net and tax of the last invoice line of each product that the supplier sent in this area.
SELECT DISTINCT ON (line.product_code) line.product_code, line.net_minor, line.tax_minor
FROM unnest(CAST(:hospital_ids AS uuid[]), CAST(:codes AS text[])) AS given (hospital_id, code)
JOIN invoice_line AS line
  ON line.area_code = :area_code
 AND line.hospital_id = given.hospital_id
 AND line.supplier_id = :supplier_id
 AND line.product_code = given.code
WHERE line.document_kind = 'invoice'
  AND line.charge_kind = 'goods'
  AND line.state = 'effective'
  AND line.net_minor > 0
ORDER BY line.product_code, line.invoice_date DESC, line.id DESC
