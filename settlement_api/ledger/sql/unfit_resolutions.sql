-- Which drafts resolve something that is not pending here, resolved already, or too small?
WITH resolving AS (
    SELECT draft.*, count(*) OVER (PARTITION BY draft.resolves) AS times
    FROM ledger_draft AS draft
    WHERE draft.resolves IS NOT NULL
),
found AS (
    SELECT resolving.resolves, resolving.amount_minor, resolving.times,
        pending.id AS pending_id, pending.amount_minor AS pending_minor
    FROM resolving
    JOIN ledger
        ON ledger.area_code = :area_code
        AND ledger.book = resolving.book AND ledger.scheme = resolving.scheme
    LEFT JOIN ledger_account AS debit
        ON debit.area_code = :area_code AND debit.ledger_id = ledger.id
        AND debit.account_kind = resolving.debit_kind AND debit.party_id = resolving.debit_party
        AND debit.counterparty_id = resolving.debit_counterparty
    LEFT JOIN ledger_account AS credit
        ON credit.area_code = :area_code AND credit.ledger_id = ledger.id
        AND credit.account_kind = resolving.credit_kind
        AND credit.party_id = resolving.credit_party
        AND credit.counterparty_id = resolving.credit_counterparty
    LEFT JOIN transfer AS pending
        ON pending.area_code = :area_code AND pending.id = resolving.resolves
        AND pending.state = 'pending' AND pending.ledger_id = ledger.id
        AND pending.debit_account_id = debit.id AND pending.credit_account_id = credit.id
)
SELECT found.resolves,
    CASE
        WHEN found.pending_id IS NULL THEN 'not_found'
        WHEN found.times > 1 OR resolution.id IS NOT NULL THEN 'resolved'
        ELSE 'exceeded'
    END AS fault
FROM found
LEFT JOIN transfer AS resolution
    ON resolution.area_code = :area_code AND resolution.resolves_transfer_id = found.resolves
WHERE found.pending_id IS NULL OR found.times > 1 OR resolution.id IS NOT NULL
    OR found.amount_minor > found.pending_minor
ORDER BY found.resolves
