-- Lines of statements that evidence cites or that carry the attempts' end-to-end ids.
SELECT
    entry.id, statement.statement_identification,
    encode(file.body_sha256, 'hex') AS statement_sha256, entry.line_number, entry.detail_number,
    entry.amount_minor, entry.is_credit, entry.is_return, entry.booking_date, entry.value_date,
    entry.bank_reference, entry.end_to_end_id, entry.return_reason
FROM statement_entry AS entry
JOIN bank_statement AS statement
    ON statement.area_code = entry.area_code AND statement.id = entry.bank_statement_id
JOIN statement_file AS file
    ON file.area_code = statement.area_code AND file.id = statement.statement_file_id
WHERE entry.area_code = :area_code
  AND (
      entry.id = ANY(CAST(:ids AS uuid[]))
      OR entry.end_to_end_id = ANY(CAST(:names AS text[]))
  )
ORDER BY entry.booking_date, entry.id
LIMIT :most
