-- Links suppliers to their successors, which may have come in the same file.
WITH wanted AS (
    SELECT staged.row_no, staged.uscc, successor.id AS successor_id
    FROM staged
    LEFT JOIN supplier AS successor ON successor.uscc = staged.successor_uscc
)
UPDATE supplier
SET successor_id = wanted.successor_id
FROM wanted
WHERE supplier.uscc = wanted.uscc
  AND supplier.successor_id IS DISTINCT FROM wanted.successor_id
RETURNING wanted.row_no
