-- Claims of this area's receipt lines count while the lines do; whether others do too is judged after.
UPDATE trace_code
SET is_active = (line.state = 'effective'), is_repeated = false
FROM goods_receipt_line AS line
WHERE trace_code.code = ANY(CAST(:codes AS text[]))
  AND trace_code.area_code = :area_code
  AND line.area_code = :area_code
  AND line.document_id = trace_code.document_id
  AND line.line_number = trace_code.line_number
  AND trace_code.is_active <> (line.state = 'effective')
