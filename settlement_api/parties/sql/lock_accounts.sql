-- Locks accounts for a decision about them, always in the same order.
SELECT
    id, supplier_id, verification_state, proposed_by, verified_by_first,
    COALESCE(valid_to < :on, false) AS has_ended
FROM payee_account
WHERE id = ANY(:account_ids)
ORDER BY id
FOR UPDATE
