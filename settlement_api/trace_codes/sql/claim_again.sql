-- Further claims on codes whose first ones are locked.
INSERT INTO trace_code (code, place, area_code, document_id, line_number, is_active, is_repeated)
SELECT
    given.code,
    last.place + row_number() OVER (PARTITION BY given.code ORDER BY given.position),
    :area_code, given.document_id, given.line_number, line.state = 'effective', false
FROM unnest(
    CAST(:codes AS text[]), CAST(:document_ids AS uuid[]), CAST(:line_numbers AS int[])
) WITH ORDINALITY AS given (code, document_id, line_number, position)
JOIN goods_receipt_line AS line
  ON line.area_code = :area_code
 AND line.document_id = given.document_id
 AND line.line_number = given.line_number
CROSS JOIN LATERAL (
    SELECT max(trace_code.place) AS place FROM trace_code WHERE trace_code.code = given.code
) AS last
