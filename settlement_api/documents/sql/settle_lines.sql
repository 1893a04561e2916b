-- Which lines of the given documents count: the newest change, else the document, unless cancelled.
-- `{table}` and `{number}` are its lines and their number. A correction is about its own source
-- system's document; where that has none of the number, about the first source's: two systems may
-- give the same number. Not so an invoice, whose number is the country's: voided is voided.
WITH touched AS (
    SELECT hospital_id, supplier_id, target_number
    FROM unnest(
        CAST(:hospital_ids AS uuid[]), CAST(:supplier_ids AS uuid[]), CAST(:numbers AS text[])
    ) AS given (hospital_id, supplier_id, target_number)
),
found AS (
    SELECT
        line.id, line.document_id, line.hospital_id, line.supplier_id, line.{number} AS number,
        line.line_number, line.state, parent.kind AS document_kind, parent.document_date,
        parent.external_number, parent.revision, parent.source_system,
        parent.superseded_by_id IS NOT NULL AS is_old
    FROM touched
    JOIN {table} AS line
        ON line.area_code = :area_code
        AND line.hospital_id = touched.hospital_id
        AND line.{number} = touched.target_number
        AND line.supplier_id = touched.supplier_id
    JOIN document AS parent
        ON parent.area_code = :area_code
        AND parent.id = line.document_id
    WHERE parent.kind = ANY(CAST(:kinds AS text[]))
),
corrected AS (
    SELECT
        hospital_id, supplier_id, number, array_agg(source_system) AS sources,
        min(source_system COLLATE "C") AS first_source
    FROM found
    WHERE document_kind = :kind
    GROUP BY hospital_id, supplier_id, number
),
line AS (
    SELECT
        found.*,
        CASE
            WHEN NOT :by_source THEN ''
            WHEN found.source_system = ANY(corrected.sources) THEN found.source_system
            ELSE coalesce(corrected.first_source, found.source_system)
        END AS source
    FROM found
    LEFT JOIN corrected USING (hospital_id, supplier_id, number)
),
cancellation AS (
    SELECT
        cancellation.hospital_id, cancellation.supplier_id, target_number, target_line_number,
        CASE
            WHEN NOT :by_source THEN ''
            WHEN parent.source_system = ANY(corrected.sources) THEN parent.source_system
            ELSE coalesce(corrected.first_source, parent.source_system)
        END AS source
    FROM touched
    JOIN document_cancellation AS cancellation USING (hospital_id, supplier_id, target_number)
    JOIN document AS parent
        ON parent.area_code = :area_code
        AND parent.id = cancellation.document_id
    LEFT JOIN corrected
        ON corrected.hospital_id = cancellation.hospital_id
        AND corrected.supplier_id = cancellation.supplier_id
        AND corrected.number = cancellation.target_number
    WHERE cancellation.area_code = :area_code
        AND cancellation.target_kind = :kind
        AND cancellation.state = 'effective'
),
cancelled_line AS (
    SELECT DISTINCT line.id, cancellation.target_line_number IS NULL AS is_whole
    FROM line
    JOIN cancellation
        ON cancellation.hospital_id = line.hospital_id
        AND cancellation.supplier_id = line.supplier_id
        AND cancellation.target_number = line.number
        AND cancellation.source = line.source
        AND coalesce(cancellation.target_line_number, line.line_number) = line.line_number
),
newest_change AS (
    SELECT DISTINCT ON (hospital_id, supplier_id, number, line_number, source)
        hospital_id, supplier_id, number, line_number, source, id
    FROM line
    WHERE document_kind <> :kind AND NOT is_old
    ORDER BY
        hospital_id, supplier_id, number, line_number, source, document_date DESC,
        external_number DESC, revision DESC, source_system DESC
),
overruled AS (
    SELECT line.id
    FROM line
    JOIN newest_change USING (hospital_id, supplier_id, number, line_number, source)
    WHERE line.id <> newest_change.id
),
decided AS (
    SELECT
        line.id, line.document_id, line.state, line.document_kind, line.is_old,
        CASE
            WHEN line.is_old THEN 'superseded'
            WHEN line.id IN (SELECT id FROM cancelled_line) THEN 'cancelled'
            WHEN line.id IN (SELECT id FROM overruled) THEN 'superseded'
            ELSE 'effective'
        END AS new_state,
        line.id IN (SELECT id FROM cancelled_line WHERE is_whole) AS is_wholly_cancelled
    FROM line
),
moved_document AS (
    UPDATE document
    SET state = whole.new_state
    FROM (
        SELECT DISTINCT
            document_id,
            CASE WHEN is_wholly_cancelled THEN 'cancelled' ELSE 'effective' END AS new_state
        FROM decided
        WHERE NOT is_old AND document_kind = :kind
    ) AS whole
    WHERE document.area_code = :area_code
        AND document.id = whole.document_id
        AND document.state <> whole.new_state
)
UPDATE {table}
SET state = decided.new_state
FROM decided
WHERE {table}.area_code = :area_code
    AND {table}.id = decided.id
    AND decided.state <> decided.new_state
