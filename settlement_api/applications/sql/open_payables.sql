-- Open direct payables up to a day; corrections of what was withdrawn or rejected stay open.
SELECT payable.id
FROM payable
WHERE payable.area_code = :area_code
  AND payable.status = 'open'
  AND payable.route = 'direct'
  AND payable.clock_start_date <= :upto
  AND (CAST(:supplier_id AS uuid) IS NULL OR payable.supplier_id = :supplier_id)
  AND (CAST(:hospital_id AS uuid) IS NULL OR payable.hospital_id = :hospital_id)
  AND NOT EXISTS (
      SELECT 1
      FROM application_line AS adjusted
      WHERE adjusted.area_code = payable.area_code
        AND adjusted.payable_id = payable.adjusts_payable_id
        AND adjusted.status IN ('withdrawn', 'rejected')
  )
ORDER BY payable.id
