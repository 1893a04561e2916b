-- Before accounts become payable, those they replace end the day before, or altogether when they
-- would have begun no earlier. What begins after an account's last day is its successor and stays.
WITH coming AS (
    SELECT supplier_id, valid_from, valid_to
    FROM payee_account
    WHERE id = ANY(:account_ids)
)
UPDATE payee_account AS old
SET verification_state = CASE
        WHEN old.valid_from >= coming.valid_from THEN 'superseded'
        ELSE old.verification_state
    END,
    valid_to = CASE
        WHEN old.valid_from >= coming.valid_from THEN old.valid_to
        ELSE coming.valid_from - 1
    END
FROM coming
WHERE old.supplier_id = coming.supplier_id
  AND old.id <> ALL (:account_ids)
  AND old.verification_state IN ('verified', 'frozen')
  AND daterange(old.valid_from, old.valid_to, '[]')
      && daterange(coming.valid_from, coming.valid_to, '[]')
