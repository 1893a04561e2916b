-- How do self-settled lines stand per group as of a day, as known at an instant, by one voice?
-- Payments of an invoice are laid on its lines in order of due date; both sides are rebuilt from
-- what was known, so that a past day gives the same figures whenever it is asked.
WITH standing AS (
    SELECT payable.area_code, payable.id, payable.hospital_id, payable.supplier_id,
        payable.adjusts_payable_id, payable.amount_minor, payable.clock_start_date,
        payable.due_date, payable.invoice_line_id
    FROM payable
    JOIN match_run AS made
        ON made.area_code = payable.area_code AND made.id = payable.match_run_id
    WHERE payable.route = 'self'
      AND (CAST(:area_code AS text) IS NULL OR payable.area_code = CAST(:area_code AS text))
      AND (CAST(:hospital_id AS uuid) IS NULL
          OR payable.hospital_id = CAST(:hospital_id AS uuid))
      AND payable.clock_start_date <= :as_of
      AND made.matched_at < :known_before
      AND NOT EXISTS (
          SELECT 1
          FROM match_run AS unmade
          WHERE unmade.area_code = payable.area_code
            AND unmade.id = payable.superseded_by_run_id
            AND unmade.matched_at < :known_before
      )
),
correction AS (
    SELECT area_code, adjusts_payable_id AS payable_id, sum(amount_minor) AS amount_minor
    FROM standing
    WHERE adjusts_payable_id IS NOT NULL
    GROUP BY area_code, adjusts_payable_id
),
line AS (
    SELECT standing.area_code, standing.id, standing.hospital_id, standing.supplier_id,
        standing.clock_start_date, standing.due_date, invoice.invoice_number,
        standing.amount_minor + coalesce(correction.amount_minor, 0) AS amount_minor
    FROM standing
    LEFT JOIN correction
        ON correction.area_code = standing.area_code AND correction.payable_id = standing.id
    LEFT JOIN invoice_line AS invoice
        ON invoice.area_code = standing.area_code AND invoice.id = standing.invoice_line_id
    WHERE standing.adjusts_payable_id IS NULL
),
owing AS (
    SELECT line.*,
        sum(amount_minor) OVER (
            PARTITION BY area_code, hospital_id, supplier_id, invoice_number
            ORDER BY due_date NULLS LAST, clock_start_date, id
        ) AS upto_minor
    FROM line
    WHERE amount_minor > 0
),
told AS (
    SELECT payment.area_code, payment.id, payment.hospital_id, payment.supplier_id,
        payment.invoice_number, voice.voice, voice.amount_minor, voice.paid_date
    FROM self_payment AS payment
    JOIN self_payment_voice AS voice
        ON voice.area_code = payment.area_code AND voice.self_payment_id = payment.id
    WHERE voice.learned_at < :known_before AND voice.paid_date <= :as_of
      AND (CAST(:area_code AS text) IS NULL OR payment.area_code = CAST(:area_code AS text))
      AND (CAST(:hospital_id AS uuid) IS NULL
          OR payment.hospital_id = CAST(:hospital_id AS uuid))
),
paid AS (
    SELECT told.*,
        sum(amount_minor) OVER (
            PARTITION BY area_code, hospital_id, supplier_id, invoice_number
            ORDER BY paid_date, id
        ) AS upto_minor
    FROM told
    WHERE voice = :voice
),
laid AS (
    SELECT owing.area_code, owing.id AS line_id, owing.hospital_id, owing.supplier_id,
        paid.paid_date, owing.due_date, owing.clock_start_date,
        least(owing.upto_minor, paid.upto_minor)
            - greatest(owing.upto_minor - owing.amount_minor, paid.upto_minor - paid.amount_minor)
            AS laid_minor
    FROM owing
    JOIN paid
        ON paid.area_code = owing.area_code AND paid.hospital_id = owing.hospital_id
        AND paid.supplier_id = owing.supplier_id AND paid.invoice_number = owing.invoice_number
        AND paid.upto_minor > owing.upto_minor - owing.amount_minor
        AND owing.upto_minor > paid.upto_minor - paid.amount_minor
),
part AS (
    -- Lines and what was laid on them, added up line by line: a join of the two would be planned
    -- for the one row that the planner expects.
    SELECT area_code, id AS line_id, hospital_id, supplier_id, due_date, clock_start_date,
        amount_minor, 0::numeric AS paid_minor, 0::numeric AS on_time_minor,
        0::numeric AS payback_weight
    FROM owing
    UNION ALL
    SELECT area_code, line_id, hospital_id, supplier_id, due_date, clock_start_date,
        0, laid_minor, CASE WHEN paid_date <= due_date THEN laid_minor ELSE 0 END,
        laid_minor * (paid_date - clock_start_date)
    FROM laid
),
settled AS (
    SELECT area_code, line_id, hospital_id, supplier_id, due_date, clock_start_date,
        sum(amount_minor) AS amount_minor,
        sum(paid_minor) AS paid_minor,
        sum(on_time_minor) AS on_time_minor,
        sum(payback_weight) AS payback_weight
    FROM part
    GROUP BY area_code, line_id, hospital_id, supplier_id, due_date, clock_start_date
),
judged AS (
    SELECT area_code, hospital_id, supplier_id, amount_minor, paid_minor,
        amount_minor - paid_minor AS open_minor,
        on_time_minor,
        payback_weight,
        coalesce(due_date <= :as_of, false) AS is_due,
        :as_of - clock_start_date AS age_days,
        width_bucket(
            coalesce(:as_of - due_date, 0), ARRAY[1, 31, 61, 91, 181, 366]
        ) AS bucket
    FROM settled
),
figure AS (
    SELECT
        CASE :group_by WHEN 'hospital' THEN judged.hospital_id::text
            WHEN 'supplier' THEN judged.supplier_id::text ELSE judged.area_code END AS group_id,
        count(*) AS line_count,
        sum(amount_minor) AS amount_minor,
        sum(paid_minor) AS paid_minor,
        sum(open_minor) AS open_minor,
        coalesce(sum(amount_minor) FILTER (WHERE is_due), 0) AS due_minor,
        count(*) FILTER (WHERE is_due) AS due_count,
        coalesce(sum(on_time_minor) FILTER (WHERE is_due), 0) AS on_time_minor,
        count(*) FILTER (WHERE is_due AND on_time_minor = amount_minor) AS on_time_count,
        sum(payback_weight) AS payback_weight,
        sum(open_minor * age_days) AS open_age_weight,
        ARRAY[
            coalesce(sum(open_minor) FILTER (WHERE bucket = 0), 0),
            coalesce(sum(open_minor) FILTER (WHERE bucket = 1), 0),
            coalesce(sum(open_minor) FILTER (WHERE bucket = 2), 0),
            coalesce(sum(open_minor) FILTER (WHERE bucket = 3), 0),
            coalesce(sum(open_minor) FILTER (WHERE bucket = 4), 0),
            coalesce(sum(open_minor) FILTER (WHERE bucket = 5), 0),
            coalesce(sum(open_minor) FILTER (WHERE bucket = 6), 0)
        ]::bigint[] AS ageing
    FROM judged
    GROUP BY 1
),
credit AS (
    SELECT
        CASE :group_by WHEN 'hospital' THEN line.hospital_id::text
            WHEN 'supplier' THEN line.supplier_id::text ELSE line.area_code END AS group_id,
        sum(-line.amount_minor) AS credit_minor
    FROM line
    WHERE line.amount_minor < 0
    GROUP BY 1
),
heard AS (
    SELECT told.area_code, told.hospital_id, told.supplier_id, told.id,
        count(DISTINCT (told.amount_minor, told.paid_date)) > 1 AS conflicts,
        coalesce(sum(told.amount_minor) FILTER (WHERE told.voice = :voice), 0) AS told_minor
    FROM told
    GROUP BY told.area_code, told.hospital_id, told.supplier_id, told.id
),
voiced AS (
    SELECT
        CASE :group_by WHEN 'hospital' THEN heard.hospital_id::text
            WHEN 'supplier' THEN heard.supplier_id::text ELSE heard.area_code END AS group_id,
        count(*) FILTER (WHERE heard.conflicts) AS conflict_count,
        sum(heard.told_minor) AS told_minor
    FROM heard
    GROUP BY 1
)
SELECT coalesce(figure.group_id, credit.group_id, voiced.group_id) AS group_id,
    coalesce(figure.line_count, 0)::bigint AS line_count,
    coalesce(figure.amount_minor, 0)::bigint AS amount_minor,
    coalesce(figure.paid_minor, 0)::bigint AS paid_minor,
    coalesce(figure.open_minor, 0)::bigint AS open_minor,
    coalesce(credit.credit_minor, 0)::bigint AS credit_minor,
    coalesce(figure.due_minor, 0)::bigint AS due_minor,
    coalesce(figure.due_count, 0)::bigint AS due_count,
    coalesce(figure.on_time_minor, 0)::bigint AS on_time_minor,
    coalesce(figure.on_time_count, 0)::bigint AS on_time_count,
    coalesce(figure.payback_weight, 0)::numeric AS payback_weight,
    coalesce(figure.open_age_weight, 0)::numeric AS open_age_weight,
    coalesce(figure.ageing, ARRAY[0, 0, 0, 0, 0, 0, 0]::bigint[]) AS ageing,
    coalesce(voiced.conflict_count, 0)::bigint AS conflict_count,
    (coalesce(voiced.told_minor, 0) - coalesce(figure.paid_minor, 0))::bigint AS unmatched_minor
FROM figure
FULL JOIN credit ON credit.group_id = figure.group_id
FULL JOIN voiced ON voiced.group_id = coalesce(figure.group_id, credit.group_id)
ORDER BY 1
