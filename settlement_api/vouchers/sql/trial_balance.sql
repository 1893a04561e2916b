-- How did each account of an owner stand before a period, and what moved on it in the period?
SELECT line.entry_class, line.account_code,
    max(voucher.plan_code) AS plan_code,
    coalesce(sum(line.debit_minor - line.credit_minor) FILTER (
        WHERE voucher.period < :period
    ), 0)::bigint AS opening_minor,
    coalesce(sum(line.debit_minor) FILTER (WHERE voucher.period = :period), 0)::bigint
        AS debit_minor,
    coalesce(sum(line.credit_minor) FILTER (WHERE voucher.period = :period), 0)::bigint
        AS credit_minor
FROM voucher
JOIN voucher_line AS line
    ON line.area_code = voucher.area_code AND line.voucher_id = voucher.id
WHERE (CAST(:area_code AS text) IS NULL OR voucher.area_code = CAST(:area_code AS text))
  AND voucher.side = :side AND voucher.period <= :period
  AND (CAST(:scheme AS text) IS NULL OR voucher.scheme = CAST(:scheme AS text))
  AND (CAST(:hospital_id AS uuid) IS NULL OR voucher.hospital_id = CAST(:hospital_id AS uuid))
  AND (CAST(:supplier_id AS uuid) IS NULL OR voucher.supplier_id = CAST(:supplier_id AS uuid))
GROUP BY line.entry_class, line.account_code
ORDER BY line.entry_class DESC, line.account_code
