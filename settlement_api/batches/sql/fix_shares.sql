-- Fixes what each scheme bears of accepted lines, pro rata to the hospital's claims of the month
-- of acceptance of the goods, or of the area's first month of claims if that is later. Lines of a
-- month whose claims nobody has imported yet wait.
WITH known AS (
    SELECT month FROM claim_weight GROUP BY month
),
due AS (
    SELECT
        line.id, line.payable_id, line.hospital_id, line.supplier_id, line.amount_minor,
        greatest(
            to_char(payable.clock_start_date, 'YYYY-MM'), (SELECT min(known.month) FROM known)
        ) AS month
    FROM application_line AS line
    JOIN payable ON payable.area_code = line.area_code AND payable.id = line.payable_id
    WHERE line.area_code = :area_code
      AND line.status = 'accepted'
      AND NOT line.shares_fixed
      AND line.accepted_at <= :cutoff_at
      AND payable.adjusts_payable_id IS NULL
    ORDER BY line.id
    FOR NO KEY UPDATE OF line
),
weighed AS (
    SELECT
        due.*,
        coalesce(nullif(weight.whole, 0), 1) AS whole,
        CASE
            WHEN weight.whole > 0 THEN weight.employee
            ELSE CASE :without_claims WHEN '310' THEN 1 ELSE 0 END
        END AS employee
    FROM due
    JOIN known ON known.month = due.month
    LEFT JOIN claim_weight AS weight
        ON weight.hospital_id = due.hospital_id AND weight.month = due.month
),
borne AS (
    SELECT
        weighed.*,
        (
            sign(amount_minor::numeric)
            * div(2 * abs(amount_minor)::numeric * employee + whole, 2 * whole)
        )::bigint AS employee_minor
    FROM weighed
),
marked AS (
    UPDATE application_line AS line
    SET shares_fixed = true
    FROM weighed
    WHERE line.area_code = :area_code AND line.id = weighed.id
)
INSERT INTO payable_share (
    area_code, payable_id, application_line_id, hospital_id, supplier_id, scheme, confirmed_minor
)
SELECT
    :area_code, borne.payable_id, borne.id, borne.hospital_id, borne.supplier_id,
    part.scheme, part.amount_minor
FROM borne
CROSS JOIN LATERAL (
    VALUES ('310', borne.employee_minor), ('390', borne.amount_minor - borne.employee_minor)
) AS part (scheme, amount_minor)
WHERE part.amount_minor <> 0
ORDER BY borne.id, part.scheme
