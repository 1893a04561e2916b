-- Which entries with a purpose were posted before, and do all their legs agree? Transfers are looked
-- up draft by draft: drafts have no statistics, and a join of all with all takes minutes.
WITH known AS MATERIALIZED (
    SELECT draft.entry_no, draft.leg_number, ledger.id AS ledger_id, draft.state,
        draft.amount_minor, draft.resolves, draft.debit_kind, draft.debit_party,
        draft.debit_counterparty, draft.credit_kind, draft.credit_party,
        draft.credit_counterparty, posted.leg_number AS posted_leg_number,
        posted.debit_account_id, posted.credit_account_id, posted.state AS posted_state,
        posted.amount_minor AS posted_minor, posted.resolves_transfer_id
    FROM ledger_draft AS draft
    JOIN ledger
        ON ledger.area_code = :area_code
        AND ledger.book = draft.book AND ledger.scheme = draft.scheme
    CROSS JOIN LATERAL (
        SELECT transfer.leg_number, transfer.debit_account_id, transfer.credit_account_id,
            transfer.state, transfer.amount_minor, transfer.resolves_transfer_id
        FROM transfer
        WHERE transfer.area_code = :area_code AND transfer.ledger_id = ledger.id
          AND transfer.basis_kind = draft.basis_kind AND transfer.basis_id = draft.basis_id
          AND transfer.purpose = draft.purpose AND transfer.purpose <> ''
        OFFSET 0
    ) AS posted
    WHERE draft.purpose <> ''
)
SELECT known.entry_no,
    count(DISTINCT known.leg_number) = count(DISTINCT known.posted_leg_number)
    AND count(DISTINCT known.leg_number) = count(*) FILTER (
        WHERE known.posted_leg_number = known.leg_number
          AND known.posted_state = known.state
          AND known.resolves_transfer_id IS NOT DISTINCT FROM known.resolves
          AND (known.posted_minor = known.amount_minor OR known.state = 'void')
          AND debit.id IS NOT NULL AND credit.id IS NOT NULL
    ) AS agrees
FROM known
LEFT JOIN ledger_account AS debit
    ON debit.area_code = :area_code AND debit.id = known.debit_account_id
    AND debit.account_kind = known.debit_kind AND debit.party_id = known.debit_party
    AND debit.counterparty_id = known.debit_counterparty
LEFT JOIN ledger_account AS credit
    ON credit.area_code = :area_code AND credit.id = known.credit_account_id
    AND credit.account_kind = known.credit_kind AND credit.party_id = known.credit_party
    AND credit.counterparty_id = known.credit_counterparty
GROUP BY known.entry_no
ORDER BY known.entry_no
