-- Records of every intake by kind: received = accepted + unchanged + rejected.
SELECT
    document_kind AS kind,
    count(*) AS received,
    count(*) FILTER (WHERE outcome = 'accepted') AS accepted,
    count(*) FILTER (WHERE outcome = 'unchanged') AS unchanged,
    count(*) FILTER (WHERE outcome = 'rejected') AS rejected
FROM intake_result
GROUP BY document_kind
ORDER BY document_kind
