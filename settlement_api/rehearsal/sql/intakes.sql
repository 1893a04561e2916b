-- Records of every intake by kind: received = accepted + unchanged + rejected.
SELECT
    coalesce(document_kind, 'of several kinds') AS kind,
    sum(received_records)::bigint AS received,
    sum(accepted_records)::bigint AS accepted,
    sum(unchanged_records)::bigint AS unchanged,
    sum(rejected_records)::bigint AS rejected
FROM intake
WHERE state <> 'refused'
GROUP BY kind
ORDER BY kind
