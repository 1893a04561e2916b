-- Registers identities of supplier-issued documents province-wide, in one order for everybody:
-- whoever is first gives the number its area.
INSERT INTO document_registry (source_system, kind, issuer_code, external_number, area_code)
SELECT DISTINCT given.source_system, given.kind, given.issuer_code, given.external_number, :area_code
FROM unnest(
    CAST(:sources AS text[]), CAST(:kinds AS text[]), CAST(:issuers AS text[]),
    CAST(:numbers AS text[])
) AS given (source_system, kind, issuer_code, external_number)
ORDER BY given.source_system, given.kind, given.issuer_code, given.external_number
ON CONFLICT (source_system, kind, issuer_code, external_number) DO NOTHING
