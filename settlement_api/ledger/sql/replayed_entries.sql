-- Which entries with a purpose were posted before, and do all their legs agree?
WITH keyed AS (
    SELECT draft.entry_no, draft.leg_number, ledger.id AS ledger_id, draft.basis_kind,
        draft.basis_id, draft.purpose, draft.state, draft.amount_minor, draft.resolves,
        debit.id AS debit_account_id, credit.id AS credit_account_id
    FROM ledger_draft AS draft
    JOIN ledger
        ON ledger.area_code = :area_code
        AND ledger.book = draft.book AND ledger.scheme = draft.scheme
    JOIN ledger_account AS debit
        ON debit.area_code = :area_code AND debit.ledger_id = ledger.id
        AND debit.account_kind = draft.debit_kind AND debit.party_id = draft.debit_party
        AND debit.counterparty_id = draft.debit_counterparty
    JOIN ledger_account AS credit
        ON credit.area_code = :area_code AND credit.ledger_id = ledger.id
        AND credit.account_kind = draft.credit_kind AND credit.party_id = draft.credit_party
        AND credit.counterparty_id = draft.credit_counterparty
    WHERE draft.purpose <> ''
),
drafted AS (
    SELECT keyed.entry_no, min(keyed.ledger_id::text)::uuid AS ledger_id,
        min(keyed.basis_kind) AS basis_kind, min(keyed.basis_id::text)::uuid AS basis_id,
        min(keyed.purpose) AS purpose, count(*) AS legs
    FROM keyed
    GROUP BY keyed.entry_no
),
known AS (
    SELECT drafted.entry_no, drafted.legs, count(*) AS known_legs
    FROM drafted
    JOIN transfer
        ON transfer.area_code = :area_code AND transfer.ledger_id = drafted.ledger_id
        AND transfer.basis_kind = drafted.basis_kind AND transfer.basis_id = drafted.basis_id
        AND transfer.purpose = drafted.purpose AND transfer.purpose <> ''
    GROUP BY drafted.entry_no, drafted.legs
),
agreeing AS (
    SELECT keyed.entry_no, count(*) AS agreeing_legs
    FROM keyed
    JOIN transfer
        ON transfer.area_code = :area_code AND transfer.ledger_id = keyed.ledger_id
        AND transfer.basis_kind = keyed.basis_kind AND transfer.basis_id = keyed.basis_id
        AND transfer.purpose = keyed.purpose AND transfer.purpose <> ''
        AND transfer.leg_number = keyed.leg_number
        AND transfer.debit_account_id = keyed.debit_account_id
        AND transfer.credit_account_id = keyed.credit_account_id
        AND transfer.state = keyed.state
        AND transfer.resolves_transfer_id IS NOT DISTINCT FROM keyed.resolves
        AND (transfer.amount_minor = keyed.amount_minor OR keyed.state = 'void')
    GROUP BY keyed.entry_no
)
SELECT known.entry_no,
    known.known_legs = known.legs AND known.legs = coalesce(agreeing.agreeing_legs, 0) AS agrees
FROM known
LEFT JOIN agreeing ON agreeing.entry_no = known.entry_no
ORDER BY known.entry_no
