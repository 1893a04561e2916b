-- A version that waits for its second person.
INSERT INTO rule_pack_proposal (code, version, valid_from, content, proposed_by, proposed_at, status)
VALUES (
    :code, :version, :valid_from, CAST(:content AS jsonb), :person, :at, 'proposed'
)
RETURNING id
