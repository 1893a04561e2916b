-- One person's proposal about an attempt, unless another waits for a second person.
INSERT INTO payment_decision (area_code, attempt_id, kind, about, reason, proposed_by, proposed_at)
VALUES (:area_code, :attempt_id, :kind, CAST(:about AS uuid[]), :reason, :user_id, :at)
ON CONFLICT (area_code, attempt_id) WHERE confirmed_by IS NULL AND withdrawn_by IS NULL DO NOTHING
RETURNING id
