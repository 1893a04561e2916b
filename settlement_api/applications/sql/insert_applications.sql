-- One application per hospital and supplier of the payables just committed, its lines and moves.
-- Returns that a withdrawn part limits wait as withdrawn lines.
WITH applied AS (
    SELECT payable.id, hospital_id, supplier_id, quantity_milli, amount_minor
    FROM payable
    WHERE payable.area_code = :area_code
      AND payable.id = ANY(CAST(:payable_ids AS uuid[]))
),
grouped AS (
    SELECT
        hospital_id, supplier_id,
        count(*) AS line_count, sum(amount_minor)::bigint AS amount_minor
    FROM applied
    GROUP BY hospital_id, supplier_id
),
numbered AS (
    INSERT INTO application_counter AS counter (
        area_code, hospital_id, supplier_id, period, last_run_no
    )
    SELECT :area_code, hospital_id, supplier_id, :period, 1
    FROM grouped
    ORDER BY hospital_id, supplier_id
    ON CONFLICT (area_code, hospital_id, supplier_id, period) DO UPDATE
    SET last_run_no = counter.last_run_no + 1
    RETURNING hospital_id, supplier_id, last_run_no
),
application AS (
    INSERT INTO settlement_application (
        area_code, hospital_id, supplier_id, period, run_no, line_count, amount_minor,
        submitted_by, submitted_at, confirm_by_date
    )
    SELECT
        :area_code, hospital_id, supplier_id, :period, last_run_no,
        line_count, amount_minor, :actor_id, :at, :confirm_by_date
    FROM grouped
    JOIN numbered USING (hospital_id, supplier_id)
    ORDER BY hospital_id, supplier_id
    RETURNING id, hospital_id, supplier_id, run_no, line_count, amount_minor
),
line AS (
    INSERT INTO application_line (
        area_code, application_id, payable_id, part_no, hospital_id, supplier_id,
        quantity_milli, amount_minor, status
    )
    SELECT
        :area_code, application.id, applied.id, 1, hospital_id, supplier_id,
        applied.quantity_milli, applied.amount_minor,
        CASE WHEN applied.id = ANY(CAST(:limited_ids AS uuid[])) THEN 'withdrawn'
            ELSE 'submitted' END
    FROM applied
    JOIN application USING (hospital_id, supplier_id)
    ORDER BY applied.id
    RETURNING id, status, quantity_milli, amount_minor
),
moved AS (
    INSERT INTO application_line_transition (
        area_code, application_line_id, event, to_status,
        quantity_milli, amount_minor, actor_id, moved_at
    )
    SELECT :area_code, id, 'submit', status, quantity_milli, amount_minor, :actor_id, :at
    FROM line
)
SELECT id, hospital_id, supplier_id, run_no, line_count, amount_minor
FROM application
ORDER BY hospital_id, supplier_id
