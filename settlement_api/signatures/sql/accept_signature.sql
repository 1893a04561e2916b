-- Takes the signature of a message for good: it may be sent.
UPDATE submission
SET state = 'signed'
WHERE area_code = :area_code AND id = :submission_id AND state = 'stored'
  AND signing_key IS NOT NULL
