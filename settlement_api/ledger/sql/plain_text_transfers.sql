-- What was posted to one ledger up to a posting, in the order in which it was posted?
SELECT transfer.id, transfer.entry_id, transfer.leg_number, transfer.posting_number,
    transfer.debit_account_id, transfer.credit_account_id, transfer.amount_minor,
    transfer.booking_date, transfer.value_date, transfer.basis_kind, transfer.basis_id, transfer.purpose,
    transfer.resolves_transfer_id
FROM transfer
WHERE transfer.area_code = :area_code AND transfer.ledger_id = :ledger_id
  AND transfer.posting_number <= :posting_number AND transfer.state = 'posted'
ORDER BY transfer.posting_number, transfer.entry_id, transfer.leg_number
