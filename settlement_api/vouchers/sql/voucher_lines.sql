-- What does one voucher debit and credit?
SELECT line.*
FROM voucher_line AS line
WHERE line.area_code = :area_code AND line.voucher_id = :voucher_id
ORDER BY line.line_number
