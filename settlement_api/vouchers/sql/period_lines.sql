-- What do an owner's vouchers of a period say, line by line, with the names of those concerned?
SELECT voucher.id, voucher.area_code, voucher.scheme, voucher.period, voucher.voucher_date,
    voucher.voucher_number, voucher.basis_kind, voucher.basis_id, voucher.posting_number,
    voucher.plan_code, voucher.total_minor,
    coalesce(owner_hospital.name, owner_supplier.name) AS owner_name,
    line.line_number, line.entry_class, line.account_code, line.partner_kind, line.partner_id,
    coalesce(partner_hospital.name, partner_supplier.name) AS partner_name,
    line.debit_minor, line.credit_minor
FROM voucher
JOIN voucher_line AS line
    ON line.area_code = voucher.area_code AND line.voucher_id = voucher.id
LEFT JOIN hospital AS owner_hospital
    ON owner_hospital.area_code = voucher.area_code AND owner_hospital.id = voucher.hospital_id
LEFT JOIN supplier AS owner_supplier ON owner_supplier.id = voucher.supplier_id
LEFT JOIN hospital AS partner_hospital
    ON partner_hospital.area_code = line.area_code AND partner_hospital.id = line.partner_id
LEFT JOIN supplier AS partner_supplier ON partner_supplier.id = line.partner_id
WHERE (CAST(:area_code AS text) IS NULL OR voucher.area_code = CAST(:area_code AS text))
  AND voucher.side = :side AND voucher.period = :period
  AND (CAST(:scheme AS text) IS NULL OR voucher.scheme = CAST(:scheme AS text))
  AND (CAST(:hospital_id AS uuid) IS NULL OR voucher.hospital_id = CAST(:hospital_id AS uuid))
  AND (CAST(:supplier_id AS uuid) IS NULL OR voucher.supplier_id = CAST(:supplier_id AS uuid))
  AND (CAST(:account_code AS text) IS NULL OR line.account_code = CAST(:account_code AS text))
ORDER BY voucher.area_code, owner_name, voucher.hospital_id, voucher.supplier_id, voucher.scheme,
    voucher.voucher_number, voucher.ledger_id, line.line_number
LIMIT CAST(:row_limit AS bigint)
