-- Application lines of payables, with their applications.
SELECT
    line.area_code, line.id, line.hospital_id, line.supplier_id, line.payable_id, line.part_no,
    line.status, line.quantity_milli, line.amount_minor, line.dispute_reason, line.dispute_note,
    line.confirmed_by, line.confirmed_at, line.first_reviewed_by, line.first_reviewed_at,
    line.re_reviewed_by, line.accepted_at, application.period, application.run_no,
    application.submitted_by, application.submitted_at, application.confirm_by_date,
    count(*) OVER () AS total
FROM application_line AS line
LEFT JOIN settlement_application AS application
  ON application.area_code = line.area_code AND application.id = line.application_id
WHERE line.area_code = ANY(CAST(:areas AS text[])) AND line.payable_id = ANY(CAST(:ids AS uuid[]))
ORDER BY line.payable_id, line.part_no
LIMIT :most
