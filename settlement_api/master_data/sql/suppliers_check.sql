-- Suppliers whose successor is neither on file nor in a sound row of this file, is another than the
-- one recorded, or is succeeded by the supplier itself in the end.
WITH RECURSIVE known (uscc, successor_uscc) AS (
    SELECT supplier.uscc, successor.uscc
    FROM supplier
    JOIN supplier AS successor ON successor.id = supplier.successor_id
),
named (uscc, successor_uscc) AS (
    SELECT uscc, successor_uscc FROM known
    UNION
    SELECT uscc, successor_uscc FROM staged WHERE successor_uscc IS NOT NULL AND sound
),
later (row_no, uscc, at_uscc) AS (
    SELECT row_no, uscc, successor_uscc FROM staged WHERE successor_uscc IS NOT NULL AND sound
    UNION
    SELECT later.row_no, later.uscc, named.successor_uscc
    FROM later
    JOIN named ON named.uscc = later.at_uscc
    WHERE later.at_uscc <> later.uscc
)
SELECT row_no, 'successor_uscc' AS column_name, 'unknown_supplier' AS code,
       'no supplier ' || successor_uscc || ' is on file' AS message
FROM staged
WHERE successor_uscc IS NOT NULL
  AND NOT EXISTS (SELECT FROM supplier WHERE supplier.uscc = staged.successor_uscc)
  AND NOT EXISTS (
      SELECT FROM staged AS other WHERE other.uscc = staged.successor_uscc AND other.sound
  )
UNION ALL
SELECT staged.row_no, 'successor_uscc', 'successor_recorded',
       'supplier ' || known.successor_uscc || ' is recorded as its successor: that one can have one'
FROM staged
JOIN known ON known.uscc = staged.uscc AND known.successor_uscc <> staged.successor_uscc
UNION ALL
SELECT DISTINCT row_no, 'successor_uscc', 'succession_circular',
       'it would succeed itself in the end'
FROM later
WHERE at_uscc = uscc
ORDER BY row_no
