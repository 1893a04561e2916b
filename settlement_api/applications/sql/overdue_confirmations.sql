-- Applications with lines still waiting for the hospital after the deadline, not reminded today.
WITH overdue AS (
    SELECT id, hospital_id, supplier_id, confirm_by_date, reminder_count
    FROM settlement_application
    WHERE area_code = :area_code
      AND confirm_by_date < :on
      AND (reminded_date IS NULL OR reminded_date < :on)
),
waiting AS (
    SELECT
        line.application_id, count(*) AS line_count, sum(line.amount_minor)::bigint AS amount_minor
    FROM application_line AS line
    WHERE line.area_code = :area_code
      AND line.status = 'submitted'
      AND line.application_id IN (SELECT overdue.id FROM overdue)
    GROUP BY line.application_id
)
UPDATE settlement_application AS application
SET reminded_date = :on, reminder_count = application.reminder_count + 1
FROM overdue
JOIN waiting ON waiting.application_id = overdue.id
WHERE application.area_code = :area_code
  AND application.id = overdue.id
  AND (application.reminded_date IS NULL OR application.reminded_date < :on)
RETURNING
    application.id, application.hospital_id, application.supplier_id,
    application.confirm_by_date, application.reminder_count,
    waiting.line_count, waiting.amount_minor
