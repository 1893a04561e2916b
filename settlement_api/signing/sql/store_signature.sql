-- Puts a signature beside the bytes that wait for one.
UPDATE submission
SET signature = :signature, signing_key = :key_name, signed_at = :at
WHERE area_code = :area_code AND id = :submission_id AND state = 'stored' AND signature IS NULL
