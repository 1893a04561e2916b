-- Gives accepted corrections the fund shares of what they correct, by rounded cumulatives.
WITH due AS (
    SELECT
        line.id, line.payable_id, line.hospital_id, line.supplier_id, line.amount_minor,
        payable.adjusts_payable_id, payable.clock_start_date
    FROM application_line AS line
    JOIN payable ON payable.area_code = line.area_code AND payable.id = line.payable_id
    WHERE line.area_code = :area_code
      AND line.status = 'accepted'
      AND NOT line.shares_fixed
      AND line.accepted_at <= :cutoff_at
      AND payable.adjusts_payable_id IS NOT NULL
    ORDER BY line.id
    FOR NO KEY UPDATE OF line
),
original AS (
    SELECT
        share.payable_id,
        sum(share.confirmed_minor) AS whole,
        coalesce(sum(share.confirmed_minor) FILTER (WHERE share.scheme = '310'), 0) AS employee
    FROM payable_share AS share
    WHERE share.area_code = :area_code
      AND share.payable_id IN (SELECT due.adjusts_payable_id FROM due)
    GROUP BY share.payable_id
),
before AS (
    SELECT
        payable.adjusts_payable_id,
        sum(share.confirmed_minor) AS amount_minor,
        coalesce(sum(share.confirmed_minor) FILTER (WHERE share.scheme = '310'), 0)
            AS employee_minor
    FROM payable_share AS share
    JOIN payable ON payable.area_code = share.area_code AND payable.id = share.payable_id
    WHERE share.area_code = :area_code
      AND payable.adjusts_payable_id IN (SELECT due.adjusts_payable_id FROM due)
    GROUP BY payable.adjusts_payable_id
),
laid AS (
    SELECT
        due.*, original.whole, original.employee,
        coalesce(before.employee_minor, 0) AS employee_before,
        coalesce(before.amount_minor, 0) + sum(due.amount_minor) OVER earliest AS upto,
        row_number() OVER earliest AS place
    FROM due
    JOIN original ON original.payable_id = due.adjusts_payable_id AND original.whole > 0
    LEFT JOIN before ON before.adjusts_payable_id = due.adjusts_payable_id
    WINDOW earliest AS (
        PARTITION BY due.adjusts_payable_id
        ORDER BY due.clock_start_date, due.amount_minor, due.payable_id, due.id
    )
),
reached AS (
    SELECT
        laid.*,
        sign(upto::numeric) * div(2 * abs(upto) * employee + whole, 2 * whole) AS employee_upto
    FROM laid
),
borne AS (
    SELECT
        reached.*,
        (
            employee_upto - CASE
                WHEN place = 1 THEN employee_before
                ELSE lag(employee_upto) OVER (PARTITION BY adjusts_payable_id ORDER BY place)
            END
        )::bigint AS employee_minor
    FROM reached
),
marked AS (
    UPDATE application_line AS line
    SET shares_fixed = true
    FROM borne
    WHERE line.area_code = :area_code AND line.id = borne.id
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
