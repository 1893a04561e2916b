-- Lifts the stop, or proposes it: what a conflict stopped is lifted by somebody else than proposed it.
UPDATE payment_stop
SET lift_proposed_by = COALESCE(lift_proposed_by, CAST(:user_id AS uuid)),
    lifted_by = CASE WHEN conflict_at IS NULL OR lift_proposed_by <> :user_id
        THEN CAST(:user_id AS uuid) END,
    lifted_at = CASE WHEN conflict_at IS NULL OR lift_proposed_by <> :user_id
        THEN CAST(:at AS timestamptz) END
WHERE area_code = :area_code AND lifted_at IS NULL
RETURNING id, lifted_at IS NOT NULL AS lifted
