-- Is the ledger's suspense, by scheme, exactly the entries that still wait, and emptied once each?
-- An entry waits until its payment's return was posted or two people called it funding, or the
-- payments that they name; the bank's error waits for the bank's own reversal, and so does a debit
-- that people disowned.
WITH held AS (
    SELECT entry.area_code, entry.scheme, evidence.attempt_id,
        entry.amount_minor * CASE WHEN entry.is_credit THEN 1 ELSE -1 END AS amount_minor
    FROM statement_entry AS entry
    LEFT JOIN suspense_case AS ended
        ON ended.area_code = entry.area_code AND ended.statement_entry_id = entry.id
        AND ended.status = 'resolved' AND ended.resolution = 'funding'
    LEFT JOIN payment_evidence AS evidence
        ON evidence.area_code = entry.area_code AND evidence.statement_entry_id = entry.id
        AND evidence.meaning <> 'booked_debit'
    WHERE entry.entry_class IN ('suspense', 'return', 'suspected_return') AND ended.id IS NULL
),
named AS (
    SELECT area_code, attempt_id, sum(amount_minor) AS amount_minor
    FROM held
    WHERE attempt_id IS NOT NULL
    GROUP BY area_code, attempt_id
),
waiting AS (
    SELECT area_code, scheme, amount_minor, false AS emptied_twice
    FROM held
    WHERE attempt_id IS NULL
    UNION ALL
    SELECT entry.area_code, entry.scheme, evidence.amount_minor, false
    FROM payment_evidence AS evidence
    JOIN statement_entry AS entry
        ON entry.area_code = evidence.area_code AND entry.id = evidence.statement_entry_id
    WHERE evidence.meaning = 'booked_debit' AND evidence.source = 'human_decision'
    UNION ALL
    SELECT attempt.area_code, payment.scheme, -attempt.posted_disowned_minor, false
    FROM payment_attempt AS attempt
    JOIN payment
        ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
    WHERE attempt.posted_disowned_minor <> 0
    UNION ALL
    SELECT attempt.area_code, payment.scheme,
        coalesce(named.amount_minor, 0) - attempt.posted_returned_minor,
        coalesce(named.amount_minor, 0) < attempt.posted_returned_minor
    FROM payment_attempt AS attempt
    JOIN payment
        ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id
    LEFT JOIN named
        ON named.area_code = attempt.area_code AND named.attempt_id = attempt.id
    WHERE named.attempt_id IS NOT NULL OR attempt.posted_returned_minor <> 0
),
stated AS (
    SELECT area_code, scheme, sum(amount_minor) AS amount_minor,
        bool_or(emptied_twice) AS emptied_twice
    FROM waiting
    GROUP BY area_code, scheme
),
booked AS (
    SELECT account.area_code, ledger.scheme,
        sum(balance.posted_credit_minor - balance.posted_debit_minor) AS amount_minor
    FROM ledger_account AS account
    JOIN ledger
        ON ledger.area_code = account.area_code AND ledger.id = account.ledger_id
    JOIN LATERAL (
        SELECT * FROM account_balance AS row
        WHERE row.area_code = account.area_code AND row.account_id = account.id
        ORDER BY row.posting_number DESC
        LIMIT 1
    ) AS balance ON true
    WHERE account.account_kind = 'suspense'
    GROUP BY account.area_code, ledger.scheme
),
compared AS (
    SELECT coalesce(stated.area_code, booked.area_code) AS area_code,
        coalesce(stated.scheme, booked.scheme) AS scheme,
        coalesce(booked.amount_minor, 0) AS amount_minor,
        coalesce(stated.amount_minor, 0) <> coalesce(booked.amount_minor, 0)
            OR coalesce(stated.emptied_twice, false) AS is_broken
    FROM stated
    FULL JOIN booked
        ON booked.area_code = stated.area_code AND booked.scheme = stated.scheme
)
SELECT area_code, count(*)::bigint AS examined,
    count(*) FILTER (WHERE is_broken)::bigint AS broken,
    sum(amount_minor)::bigint AS figure_minor,
    min(scheme) FILTER (WHERE is_broken) AS sample
FROM compared
GROUP BY area_code
