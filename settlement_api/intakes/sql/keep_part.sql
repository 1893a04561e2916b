-- Keeps a stretch of a body as it came.
INSERT INTO intake_part (intake_id, part_number, body, sha256)
VALUES (:intake_id, :part_number, :body, :sha256)
