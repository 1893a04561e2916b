-- What do the drafts book? One numbered posting per ledger, its transfers and running balances.
WITH keyed AS MATERIALIZED (
    SELECT draft.entry_no, draft.leg_number, ledger.id AS ledger_id, draft.transfer_id,
        first_value(draft.transfer_id)
            OVER (PARTITION BY draft.entry_no ORDER BY draft.leg_number) AS entry_id,
        debit.id AS debit_account_id, credit.id AS credit_account_id,
        draft.state, draft.resolves, pending.amount_minor AS resolved_minor,
        CASE WHEN draft.state = 'void' THEN pending.amount_minor ELSE draft.amount_minor END
            AS amount_minor,
        draft.booking_date, draft.value_date, draft.period, draft.basis_kind, draft.basis_id, draft.purpose
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
    LEFT JOIN transfer AS pending
        ON pending.area_code = :area_code AND pending.id = draft.resolves
),
totals AS (
    SELECT keyed.ledger_id, count(*)::integer AS transfer_count
    FROM keyed GROUP BY keyed.ledger_id
),
numbered AS (
    UPDATE ledger_head
    SET last_number = ledger_head.last_number + 1,
        last_posted_at = greatest(ledger_head.last_posted_at, :at)
    FROM totals
    WHERE ledger_head.area_code = :area_code AND ledger_head.id = totals.ledger_id
    RETURNING ledger_head.id AS ledger_id, ledger_head.last_number AS posting_number,
        ledger_head.last_posted_at AS posted_at, totals.transfer_count
),
posting AS (
    INSERT INTO ledger_posting (area_code, ledger_id, posting_number, posted_at,
        transfer_count, actor_kind, actor_id, actor_name)
    SELECT :area_code, numbered.ledger_id, numbered.posting_number, numbered.posted_at,
        numbered.transfer_count, :actor_kind, CAST(:actor_id AS uuid), :actor_name
    FROM numbered
),
booked AS (
    INSERT INTO transfer (area_code, id, ledger_id, posting_number, entry_id, leg_number,
        debit_account_id, credit_account_id, amount_minor, state, resolves_transfer_id,
        resolves_state, resolves_amount_minor, booking_date, value_date, period, basis_kind,
        basis_id, purpose)
    SELECT :area_code, keyed.transfer_id, keyed.ledger_id, numbered.posting_number,
        keyed.entry_id, keyed.leg_number, keyed.debit_account_id, keyed.credit_account_id, keyed.amount_minor,
        keyed.state, keyed.resolves, CASE WHEN keyed.resolves IS NOT NULL THEN 'pending' END,
        keyed.resolved_minor, keyed.booking_date, keyed.value_date, keyed.period, keyed.basis_kind,
        keyed.basis_id, keyed.purpose
    FROM keyed
    JOIN numbered ON numbered.ledger_id = keyed.ledger_id
    ORDER BY keyed.entry_no, keyed.leg_number
),
movements AS (
    SELECT keyed.ledger_id, keyed.debit_account_id AS account_id, true AS is_debit,
        CASE WHEN keyed.state = 'posted' THEN keyed.amount_minor ELSE 0 END AS posted,
        CASE WHEN keyed.state = 'pending' THEN keyed.amount_minor
            ELSE -coalesce(keyed.resolved_minor, 0) END AS pending
    FROM keyed
    UNION ALL
    SELECT keyed.ledger_id, keyed.credit_account_id, false,
        CASE WHEN keyed.state = 'posted' THEN keyed.amount_minor ELSE 0 END,
        CASE WHEN keyed.state = 'pending' THEN keyed.amount_minor
            ELSE -coalesce(keyed.resolved_minor, 0) END
    FROM keyed
),
deltas AS (
    SELECT movements.ledger_id, movements.account_id,
        coalesce(sum(movements.posted) FILTER (WHERE movements.is_debit), 0) AS posted_debit,
        coalesce(sum(movements.posted) FILTER (WHERE NOT movements.is_debit), 0) AS posted_credit,
        coalesce(sum(movements.pending) FILTER (WHERE movements.is_debit), 0) AS pending_debit,
        coalesce(sum(movements.pending) FILTER (WHERE NOT movements.is_debit), 0)
            AS pending_credit
    FROM movements
    GROUP BY movements.ledger_id, movements.account_id
)
INSERT INTO account_balance (area_code, ledger_id, account_id, posting_number, posted_at,
    posted_debit_minor, posted_credit_minor, pending_debit_minor, pending_credit_minor)
SELECT :area_code, deltas.ledger_id, deltas.account_id, numbered.posting_number,
    numbered.posted_at,
    (coalesce(last.posted_debit_minor, 0) + deltas.posted_debit)::bigint,
    (coalesce(last.posted_credit_minor, 0) + deltas.posted_credit)::bigint,
    (coalesce(last.pending_debit_minor, 0) + deltas.pending_debit)::bigint,
    (coalesce(last.pending_credit_minor, 0) + deltas.pending_credit)::bigint
FROM deltas
JOIN numbered ON numbered.ledger_id = deltas.ledger_id
LEFT JOIN LATERAL (
    SELECT * FROM account_balance AS earlier
    WHERE earlier.area_code = :area_code AND earlier.account_id = deltas.account_id
    ORDER BY earlier.posting_number DESC
    LIMIT 1
) AS last ON true
