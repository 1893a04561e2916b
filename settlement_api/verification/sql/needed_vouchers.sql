-- How many vouchers does each area have?
SELECT area_code, count(*)::bigint AS rows
FROM voucher
GROUP BY area_code
