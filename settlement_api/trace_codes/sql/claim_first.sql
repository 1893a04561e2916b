-- Claims codes that nobody has claimed, in one order for everybody; a rival that claims the same at
-- this moment is waited for. Returns the claims laid.
INSERT INTO trace_code (code, place, area_code, document_id, line_number, is_active, is_repeated)
SELECT given.code, 0, :area_code, given.document_id, given.line_number, line.state = 'effective', false
FROM unnest(
    CAST(:codes AS text[]), CAST(:document_ids AS uuid[]), CAST(:line_numbers AS int[])
) WITH ORDINALITY AS given (code, document_id, line_number, position)
JOIN goods_receipt_line AS line
  ON line.area_code = :area_code
 AND line.document_id = given.document_id
 AND line.line_number = given.line_number
ORDER BY given.code, given.position
ON CONFLICT (code, place) DO NOTHING
RETURNING code, document_id, line_number
