-- Moves an account from one state to another; a reopened one loses its verifiers.
UPDATE payee_account
SET verification_state = :target,
    verified_by_first = CASE WHEN :keep_verifiers THEN verified_by_first END,
    verified_by_second = CASE WHEN :keep_verifiers THEN verified_by_second END
WHERE id = :account_id AND verification_state = :current
RETURNING supplier_id
