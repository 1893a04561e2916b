-- Which of the given identities belong to a hospital of another area.
SELECT known.source_system, known.kind, known.issuer_code, known.external_number
FROM unnest(
    CAST(:sources AS text[]), CAST(:kinds AS text[]), CAST(:issuers AS text[]),
    CAST(:numbers AS text[])
) AS given (source_system, kind, issuer_code, external_number)
JOIN document_registry AS known
    ON known.source_system = given.source_system
    AND known.kind = given.kind
    AND known.issuer_code = given.issuer_code
    AND known.external_number = given.external_number
WHERE known.area_code <> :area_code
