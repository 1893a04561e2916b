-- Order lines that a replay changes, with the numbers people know them by.
SELECT
    changed.id, changed.order_line_id, hospital.hospital_code, supplier.uscc AS supplier_uscc,
    line.order_number, line.line_number, line.product_code,
    changed.before_milli, changed.after_milli, changed.before_minor, changed.after_minor,
    changed.routes_before, changed.routes_after, changed.reasons_before, changed.reasons_after
FROM replay_line AS changed
JOIN purchase_order_line AS line
  ON line.area_code = :area_code AND line.id = changed.order_line_id
LEFT JOIN hospital ON hospital.area_code = :area_code AND hospital.id = line.hospital_id
LEFT JOIN supplier ON supplier.id = line.supplier_id
WHERE changed.area_code = :area_code AND changed.replay_id = :id
  AND (CAST(:after AS uuid) IS NULL OR changed.id > CAST(:after AS uuid))
ORDER BY changed.id
LIMIT :limit
