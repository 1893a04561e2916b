-- Adds what became of a chunk's records to the intake's totals.
UPDATE intake
SET accepted_records = accepted_records + :accepted,
    unchanged_records = unchanged_records + :unchanged,
    rejected_records = rejected_records + :rejected
WHERE id = :intake_id
