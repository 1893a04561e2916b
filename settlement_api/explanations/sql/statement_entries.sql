-- Statement entries by their ids or the end-to-end ids they carry, with what suspense knows.
SELECT entry.area_code, entry.id, entry.bank_statement_id, entry.line_number,
    entry.detail_number, entry.entry_class, entry.amount_minor, entry.is_credit, entry.is_return,
    entry.booking_date, entry.value_date, entry.bank_reference, entry.end_to_end_id,
    entry.return_reason, statement.statement_identification,
    suspense.status AS suspense_status, suspense.reason AS suspense_reason,
    suspense.due_date AS suspense_due_date, suspense.attempt_id AS suspense_attempt_id,
    count(*) OVER () AS total
FROM statement_entry AS entry
LEFT JOIN bank_statement AS statement
  ON statement.area_code = entry.area_code AND statement.id = entry.bank_statement_id
LEFT JOIN suspense_case AS suspense
  ON suspense.area_code = entry.area_code AND suspense.statement_entry_id = entry.id
WHERE entry.area_code = ANY(CAST(:areas AS text[]))
  AND (
      entry.id = ANY(CAST(:ids AS uuid[]))
      OR entry.end_to_end_id = ANY(CAST(:names AS text[]))
  )
ORDER BY entry.booking_date, entry.line_number, entry.detail_number, entry.id
LIMIT :most
