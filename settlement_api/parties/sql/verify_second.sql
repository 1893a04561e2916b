-- Records the second of two people: the accounts may be paid to.
UPDATE payee_account
SET verified_by_second = :verifier, verification_state = 'verified', verified_at = :at
WHERE id = ANY(:account_ids)
  AND verification_state = 'unverified'
  AND verified_by_first IS NOT NULL
