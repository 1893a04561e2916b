-- Every stored revision of the identities that are staged.
SELECT staged.position, known.id, known.revision, known.content_sha256
FROM staged_identity AS staged
JOIN document AS known
    ON known.area_code = :area_code
    AND known.source_system = staged.source_system
    AND known.kind = staged.kind
    AND known.issuer_code = staged.issuer_code
    AND known.external_number = staged.external_number
ORDER BY staged.position, known.revision
