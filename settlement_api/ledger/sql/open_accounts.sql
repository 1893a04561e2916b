-- Which accounts of the drafts does their ledger not have yet? Opens them. The ledger's head is
-- locked: nobody else opens one meanwhile.
WITH named AS (
    SELECT draft.book, draft.scheme, draft.debit_kind AS account_kind,
        draft.debit_party AS party_id, draft.debit_counterparty AS counterparty_id
    FROM ledger_draft AS draft
    UNION
    SELECT draft.book, draft.scheme, draft.credit_kind,
        draft.credit_party, draft.credit_counterparty
    FROM ledger_draft AS draft
)
INSERT INTO ledger_account
    (area_code, ledger_id, book, account_kind, party_id, counterparty_id)
SELECT ledger.area_code, ledger.id, named.book, named.account_kind,
    named.party_id, named.counterparty_id
FROM named
JOIN ledger
    ON ledger.area_code = :area_code
    AND ledger.book = named.book AND ledger.scheme = named.scheme
WHERE NOT EXISTS (
    SELECT 1 FROM ledger_account AS known
    WHERE known.area_code = ledger.area_code AND known.ledger_id = ledger.id
      AND known.account_kind = named.account_kind
      AND known.party_id = named.party_id AND known.counterparty_id = named.counterparty_id
)
ORDER BY ledger.id, named.account_kind, named.party_id, named.counterparty_id
