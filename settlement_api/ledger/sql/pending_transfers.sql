-- Which transfers of these bases are pending and not resolved?
SELECT transfer.id, ledger.book, ledger.scheme, transfer.basis_kind, transfer.basis_id,
    debit.account_kind AS debit_kind, debit.party_id AS debit_party,
    debit.counterparty_id AS debit_counterparty,
    credit.account_kind AS credit_kind, credit.party_id AS credit_party,
    credit.counterparty_id AS credit_counterparty, transfer.amount_minor
FROM unnest(CAST(:basis_ids AS uuid[])) AS asked (basis_id)
JOIN transfer
    ON transfer.area_code = :area_code AND transfer.basis_kind = :basis_kind
    AND transfer.basis_id = asked.basis_id
JOIN ledger ON ledger.area_code = transfer.area_code AND ledger.id = transfer.ledger_id
JOIN ledger_account AS debit
    ON debit.area_code = transfer.area_code AND debit.id = transfer.debit_account_id
JOIN ledger_account AS credit
    ON credit.area_code = transfer.area_code AND credit.id = transfer.credit_account_id
WHERE transfer.state = 'pending'
  AND NOT EXISTS (
      SELECT 1 FROM transfer AS resolution
      WHERE resolution.area_code = transfer.area_code
        AND resolution.resolves_transfer_id = transfer.id
  )
ORDER BY transfer.id
