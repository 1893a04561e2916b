-- Throws the switch for a conflict; one that stands is from now on a conflict's too, and who proposed
-- to lift it before knew nothing of this one.
INSERT INTO payment_stop (area_code, reason, engaged_at, conflict_at)
VALUES (:area_code, :reason, :at, :at)
ON CONFLICT (area_code) WHERE lifted_at IS NULL
DO UPDATE SET conflict_at = excluded.conflict_at, lift_proposed_by = NULL
RETURNING id
