-- Up to which posting has each ledger its vouchers? Locks every head, always in the same order.
SELECT voucher_head.id, voucher_head.through_number
FROM voucher_head
WHERE voucher_head.area_code = :area_code
ORDER BY voucher_head.id
FOR UPDATE
