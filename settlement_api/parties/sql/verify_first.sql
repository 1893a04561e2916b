-- Records the first of two people.
UPDATE payee_account
SET verified_by_first = :verifier
WHERE id = ANY(:account_ids)
  AND verification_state = 'unverified'
  AND verified_by_first IS NULL
