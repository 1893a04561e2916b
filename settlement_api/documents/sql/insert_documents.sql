-- Stores the staged documents; those a rival stored at the same moment are not returned.
INSERT INTO document (
    area_code, id, kind, source_system, issuer_code, external_number, revision, hospital_id,
    supplier_id, supplier_alias, document_date, stated_total_minor, total_difference_minor,
    content_sha256, intake_id, raw_position, raw_length, state, superseded_by_id
)
SELECT
    :area_code, id, kind, source_system, issuer_code, external_number, revision, hospital_id,
    supplier_id, supplier_alias, document_date, stated_total_minor, total_difference_minor,
    content_sha256, :intake_id, raw_position, raw_length, state, superseded_by_id
FROM staged_document
WHERE id = ANY(CAST(:document_ids AS uuid[]))
ON CONFLICT (area_code, source_system, kind, issuer_code, external_number, revision) DO NOTHING
RETURNING id
