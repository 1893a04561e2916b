-- Claims whose lines have come to count, or do no more, follow them; whether others on their codes
-- count too is judged after.
UPDATE trace_code
SET is_active = (line.state = 'effective'), is_repeated = false
FROM unnest(CAST(:codes AS text[]), CAST(:places AS int[])) AS moved (code, place), goods_receipt_line AS line
WHERE trace_code.code = moved.code
  AND trace_code.place = moved.place
  AND line.area_code = :area_code
  AND line.document_id = trace_code.document_id
  AND line.line_number = trace_code.line_number
  AND trace_code.is_active <> (line.state = 'effective')
