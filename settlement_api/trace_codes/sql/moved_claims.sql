-- Claims of receipt lines that have come to count since they were laid, or do no more.
SELECT trace_code.code, trace_code.place
FROM (
    SELECT line.document_id, line.line_number, line.state
    FROM goods_receipt_line AS line
    WHERE line.area_code = :area_code AND line.document_id = ANY(CAST(:document_ids AS uuid[]))
    UNION
    SELECT line.document_id, line.line_number, line.state
    FROM unnest(CAST(:hospital_ids AS uuid[]), CAST(:numbers AS text[])) AS given (hospital_id, number)
    JOIN goods_receipt_line AS line
      ON line.area_code = :area_code
     AND line.hospital_id = given.hospital_id
     AND line.receipt_number = given.number
) AS line
JOIN trace_code
  ON trace_code.area_code = :area_code
 AND trace_code.document_id = line.document_id
 AND trace_code.line_number = line.line_number
WHERE trace_code.is_active <> (line.state = 'effective')
