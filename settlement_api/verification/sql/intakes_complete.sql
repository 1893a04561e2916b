-- Does every intake and fund import account for each record, by rows: results and documents?
WITH result AS (
    SELECT intake_id,
        sum(last_record_number - record_number + 1) AS records,
        sum(last_record_number - record_number + 1) FILTER (WHERE outcome = 'accepted')
            AS accepted,
        sum(last_record_number - record_number + 1) FILTER (WHERE outcome = 'unchanged')
            AS unchanged,
        count(*) FILTER (WHERE outcome = 'accepted') AS documents
    FROM intake_result
    GROUP BY intake_id
),
stored AS (
    SELECT document.intake_id, count(*) AS documents, count(result.document_id) AS told
    FROM document
    LEFT JOIN intake_result AS result
        ON result.intake_id = document.intake_id AND result.document_id = document.id
        AND result.outcome = 'accepted'
    GROUP BY document.intake_id
),
funded AS (
    SELECT area_code, fund_import_id, count(*) AS documents
    FROM fund_document
    GROUP BY area_code, fund_import_id
),
told AS (
    SELECT coalesce(intake.area_code, 'all') AS area_code, intake.id::text AS id,
        intake.received_records AS received,
        intake.received_records <> coalesce(result.records, 0)
            OR intake.accepted_records <> coalesce(result.accepted, 0)
            OR intake.unchanged_records <> coalesce(result.unchanged, 0)
            OR coalesce(result.documents, 0) <> coalesce(stored.documents, 0)
            OR coalesce(stored.told, 0) <> coalesce(stored.documents, 0) AS wrong
    FROM intake
    LEFT JOIN result ON result.intake_id = intake.id
    LEFT JOIN stored ON stored.intake_id = intake.id
    WHERE intake.state = 'applied'
    UNION ALL
    SELECT fund_import.area_code, fund_import.id::text, fund_import.received_count,
        fund_import.accepted_count <> coalesce(funded.documents, 0)
    FROM fund_import
    LEFT JOIN funded
        ON funded.area_code = fund_import.area_code AND funded.fund_import_id = fund_import.id
)
SELECT area_code, coalesce(sum(received), 0)::bigint AS examined,
    count(*) FILTER (WHERE wrong)::bigint AS broken,
    NULL::bigint AS figure_minor, min(id) FILTER (WHERE wrong) AS sample
FROM told
GROUP BY area_code
