-- An approved proposal becomes a rule pack, and names its two people.
INSERT INTO rule_pack (
    code, version, valid_from, content, issuing_document, approved_by,
    proposal_id, proposed_by, released_by
)
SELECT
    code, version, valid_from, content, content ->> 'issuing_document', content ->> 'approved_by',
    id, proposed_by, decided_by
FROM rule_pack_proposal
WHERE id = :proposal_id AND status = 'approved'
