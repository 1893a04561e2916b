-- Locks the cases of entries that are evidence of an attempt, in the order in which cases are opened
-- and before the attempt, as who decides about it does.
SELECT suspense_case.id
FROM suspense_case
JOIN statement_entry AS entry
    ON entry.area_code = suspense_case.area_code AND entry.id = suspense_case.statement_entry_id
WHERE suspense_case.area_code = :area_code
  AND suspense_case.statement_entry_id IN (
      SELECT evidence.statement_entry_id
      FROM payment_evidence AS evidence
      WHERE evidence.area_code = :area_code AND evidence.attempt_id = :attempt_id
  )
ORDER BY entry.line_number, entry.detail_number, entry.id
FOR NO KEY UPDATE OF suspense_case
