-- Every version by its first day: what came with the installation, and what people proposed.
SELECT
    id, code, version, valid_from, status, content ->> 'issuing_document' AS issuing_document,
    content ->> 'approved_by' AS approved_by, proposed_by, proposed_at, decided_by, decided_at,
    remark, content
FROM rule_pack_proposal
WHERE CAST(:id AS uuid) IS NULL OR id = :id
UNION ALL
SELECT
    id, code, version, valid_from, 'approved', issuing_document, approved_by,
    NULL, NULL, NULL, NULL, NULL, content
FROM rule_pack
WHERE proposal_id IS NULL AND (CAST(:id AS uuid) IS NULL OR id = :id)
ORDER BY valid_from, code, version, id
