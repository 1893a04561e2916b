-- The ledgers have their vouchers up to these postings now.
UPDATE voucher_head
SET through_number = cut.upto, issued_at = :at
FROM unnest(CAST(:ledger_ids AS uuid[]), CAST(:upto AS bigint[])) AS cut (ledger_id, upto)
WHERE voucher_head.area_code = :area_code AND voucher_head.id = cut.ledger_id
  AND voucher_head.through_number < cut.upto
