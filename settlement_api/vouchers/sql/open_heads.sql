-- Which ledgers of the area have no count of their vouchers yet? Makes it, at 0.
INSERT INTO voucher_head (area_code, id, through_number, issued_at)
SELECT ledger.area_code, ledger.id, 0, :at
FROM ledger
WHERE ledger.area_code = :area_code
ORDER BY ledger.id
ON CONFLICT DO NOTHING
