-- Results of an intake in the order of its records, optionally of one outcome only.
SELECT record_number, last_record_number, outcome, document_kind, external_number, document_id,
    faults
FROM intake_result
WHERE intake_id = :intake_id
    AND record_number > :after
    AND (CAST(:outcome AS text) IS NULL OR outcome = :outcome)
ORDER BY record_number
LIMIT :limit
