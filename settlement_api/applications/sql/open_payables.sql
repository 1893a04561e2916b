-- Open direct payables up to a day and returns up to today, and which of them correct something of
-- which a part was withdrawn or rejected.
SELECT
    payable.id, payable.order_line_id, payable.receipt_line_id, payable.kind,
    payable.adjusts_payable_id, payable.quantity_milli, payable.amount_minor,
    EXISTS (
        SELECT 1
        FROM application_line AS adjusted
        WHERE adjusted.area_code = payable.area_code
          AND adjusted.payable_id = payable.adjusts_payable_id
          AND adjusted.status IN ('withdrawn', 'rejected')
    ) AS is_limited
FROM payable
WHERE payable.area_code = :area_code
  AND payable.status = 'open'
  AND payable.route = 'direct'
  AND (
      payable.clock_start_date <= :upto AND NOT :only_returns
      OR payable.clock_start_date <= :today AND payable.amount_minor < 0
  )
  AND (CAST(:supplier_id AS uuid) IS NULL OR payable.supplier_id = :supplier_id)
  AND (CAST(:hospital_id AS uuid) IS NULL OR payable.hospital_id = :hospital_id)
ORDER BY payable.id
