-- Records successors of suppliers, which may have come in the same file. A file that names none says
-- nothing of them: what was recorded stays.
WITH wanted AS (
    SELECT staged.row_no, staged.uscc, successor.id AS successor_id
    FROM staged
    JOIN supplier AS successor ON successor.uscc = staged.successor_uscc
)
UPDATE supplier
SET successor_id = wanted.successor_id, succeeded_at = statement_timestamp()
FROM wanted
WHERE supplier.uscc = wanted.uscc
  AND supplier.successor_id IS NULL
RETURNING wanted.row_no
