-- The next stretch of a body as it came.
SELECT body FROM intake_part WHERE intake_id = :intake_id AND part_number = :part_number
