-- Suppliers whose successor is neither on file nor in a sound row of this file.
SELECT row_no, 'successor_uscc' AS column_name, 'unknown_supplier' AS code,
       'no supplier ' || successor_uscc || ' is on file' AS message
FROM staged
WHERE successor_uscc IS NOT NULL
  AND NOT EXISTS (SELECT FROM supplier WHERE supplier.uscc = staged.successor_uscc)
  AND NOT EXISTS (
      SELECT FROM staged AS other WHERE other.uscc = staged.successor_uscc AND other.sound
  )
ORDER BY row_no
