-- Before accounts become payable, those they replace end the day before, or altogether when they
-- would have begun no earlier.
WITH coming AS (
    SELECT supplier_id, min(valid_from) AS valid_from
    FROM payee_account
    WHERE id = ANY(:account_ids)
    GROUP BY supplier_id
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
  AND (old.valid_to IS NULL OR old.valid_to >= coming.valid_from)
