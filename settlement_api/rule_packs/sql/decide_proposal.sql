-- What a second person says; nothing when it is decided already, or the same person asks.
UPDATE rule_pack_proposal
SET status = :status, decided_by = :person, decided_at = :at, remark = :remark
WHERE id = :id AND status = 'proposed' AND proposed_by <> :person
RETURNING code, version, valid_from, content
