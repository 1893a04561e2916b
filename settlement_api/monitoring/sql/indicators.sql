-- How do self-settled lines stand per group as of a day, as known at an instant, by one voice?
-- Payments of an invoice are laid on its lines in order of due date; what those that name an invoice
-- which raised earlier prices leave is then laid on the earlier lines, and then what a person of that
-- voice said that a payment was for. All sides are rebuilt from what
-- was known, so that a past day gives the same figures whenever it is asked. The same rule in Python:
-- reconciler/self_payment_matching.py.
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
        standing.clock_start_date, standing.due_date,
        coalesce(invoice.invoice_number, '') AS invoice_number,
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
laid_by_name AS (
    SELECT owing.area_code, owing.id AS line_id, owing.hospital_id, owing.supplier_id,
        paid.id AS payment_id, paid.paid_date, owing.due_date, owing.clock_start_date,
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
raised AS (
    -- An invoice that was taken back raised a price all the same while it stood: what it added is in
    -- the payables of that time, and in none afterwards. Of its revisions, the one that added most.
    -- They are few, and a document is looked up by its key: a join would read every document.
    SELECT area_code, hospital_id, supplier_id, invoice_number, blue_invoice_number,
        max(amount_minor) AS amount_minor
    FROM (
        SELECT line.area_code, line.hospital_id, line.supplier_id, line.invoice_number,
            line.blue_invoice_number, sum(line.total_minor) AS amount_minor
        FROM invoice_line AS line
        WHERE line.document_kind = 'invoice' AND line.blue_invoice_number IS NOT NULL
          AND (
              SELECT (SELECT intake.started_at FROM intake WHERE intake.id = document.intake_id)
              FROM document
              WHERE document.area_code = line.area_code AND document.id = line.document_id
          ) < :known_before
          AND (CAST(:area_code AS text) IS NULL OR line.area_code = CAST(:area_code AS text))
          AND (CAST(:hospital_id AS uuid) IS NULL
              OR line.hospital_id = CAST(:hospital_id AS uuid))
        GROUP BY line.area_code, line.document_id, line.hospital_id, line.supplier_id,
            line.invoice_number, line.blue_invoice_number
    ) AS revision
    GROUP BY area_code, hospital_id, supplier_id, invoice_number, blue_invoice_number
),
said AS (
    SELECT DISTINCT ON (area_code, self_payment_id, invoice_number) area_code, hospital_id,
        supplier_id, self_payment_id AS payment_id, invoice_number, amount_minor
    FROM self_payment_use
    WHERE voice = :voice AND said_at < :known_before
      AND (CAST(:area_code AS text) IS NULL OR area_code = CAST(:area_code AS text))
      AND (CAST(:hospital_id AS uuid) IS NULL OR hospital_id = CAST(:hospital_id AS uuid))
    ORDER BY area_code, self_payment_id, invoice_number, said_at DESC, id DESC
),
left_owing AS (
    -- What is still open on the lines of invoices whose price was raised, or that people named.
    SELECT owing.area_code, owing.id, owing.hospital_id, owing.supplier_id, owing.invoice_number,
        owing.due_date, owing.clock_start_date,
        owing.amount_minor - coalesce(taken.laid_minor, 0) AS amount_minor
    FROM owing
    JOIN (
        SELECT area_code, hospital_id, supplier_id, blue_invoice_number AS invoice_number
        FROM raised
        UNION
        SELECT area_code, hospital_id, supplier_id, invoice_number FROM said
    ) AS named
        ON named.area_code = owing.area_code AND named.hospital_id = owing.hospital_id
        AND named.supplier_id = owing.supplier_id
        AND named.invoice_number = owing.invoice_number
    LEFT JOIN (
        SELECT area_code, line_id, sum(laid_minor) AS laid_minor
        FROM laid_by_name
        GROUP BY area_code, line_id
    ) AS taken ON taken.area_code = owing.area_code AND taken.line_id = owing.id
),
addable AS (
    -- What may be paid on each earlier invoice under the number of one that raised it: those of one
    -- earlier invoice take turns by number.
    SELECT raised.area_code, raised.hospital_id, raised.supplier_id, raised.invoice_number,
        raised.blue_invoice_number,
        least(
            raised.amount_minor,
            greatest(0, earlier.left_minor - sum(raised.amount_minor) OVER (
                PARTITION BY raised.area_code, raised.hospital_id, raised.supplier_id,
                    raised.blue_invoice_number
                ORDER BY raised.invoice_number COLLATE "C"
            ) + raised.amount_minor)
        ) AS amount_minor
    FROM raised
    JOIN (
        SELECT area_code, hospital_id, supplier_id, invoice_number,
            sum(amount_minor) AS left_minor
        FROM left_owing
        GROUP BY area_code, hospital_id, supplier_id, invoice_number
    ) AS earlier
        ON earlier.area_code = raised.area_code AND earlier.hospital_id = raised.hospital_id
        AND earlier.supplier_id = raised.supplier_id
        AND earlier.invoice_number = raised.blue_invoice_number
),
adding AS (
    SELECT addable.*,
        sum(amount_minor) OVER (
            PARTITION BY area_code, hospital_id, supplier_id, invoice_number
            ORDER BY blue_invoice_number COLLATE "C"
        ) AS upto_minor
    FROM addable
    WHERE amount_minor > 0
),
left_paid AS (
    SELECT paid.area_code, paid.id, paid.hospital_id, paid.supplier_id, paid.invoice_number,
        paid.paid_date, paid.amount_minor - coalesce(used.laid_minor, 0) AS amount_minor,
        sum(paid.amount_minor - coalesce(used.laid_minor, 0)) OVER (
            PARTITION BY paid.area_code, paid.hospital_id, paid.supplier_id, paid.invoice_number
            ORDER BY paid.paid_date, paid.id
        ) AS upto_minor
    FROM paid
    JOIN (
        SELECT DISTINCT area_code, hospital_id, supplier_id, invoice_number FROM adding
    ) AS later
        ON later.area_code = paid.area_code AND later.hospital_id = paid.hospital_id
        AND later.supplier_id = paid.supplier_id AND later.invoice_number = paid.invoice_number
    LEFT JOIN (
        SELECT area_code, payment_id, sum(laid_minor) AS laid_minor
        FROM laid_by_name
        GROUP BY area_code, payment_id
    ) AS used ON used.area_code = paid.area_code AND used.payment_id = paid.id
),
meant AS (
    -- Which earlier invoice each of those payments is for.
    SELECT adding.area_code, adding.hospital_id, adding.supplier_id,
        adding.blue_invoice_number AS invoice_number, left_paid.id AS payment_id,
        left_paid.paid_date,
        least(adding.upto_minor, left_paid.upto_minor)
            - greatest(
                adding.upto_minor - adding.amount_minor,
                left_paid.upto_minor - left_paid.amount_minor
            ) AS amount_minor
    FROM adding
    JOIN left_paid
        ON left_paid.area_code = adding.area_code
        AND left_paid.hospital_id = adding.hospital_id
        AND left_paid.supplier_id = adding.supplier_id
        AND left_paid.invoice_number = adding.invoice_number
        AND left_paid.upto_minor > adding.upto_minor - adding.amount_minor
        AND adding.upto_minor > left_paid.upto_minor - left_paid.amount_minor
),
used AS (
    SELECT area_code, payment_id, sum(amount_minor) AS amount_minor
    FROM (
        SELECT area_code, payment_id, laid_minor AS amount_minor FROM laid_by_name
        UNION ALL
        SELECT area_code, payment_id, amount_minor FROM meant
    ) AS part
    GROUP BY area_code, payment_id
),
saying AS (
    -- What is left of each payment for each invoice that somebody named, in order of number.
    SELECT said.area_code, said.hospital_id, said.supplier_id, said.invoice_number,
        said.payment_id, paid.paid_date,
        least(
            said.amount_minor,
            greatest(0, paid.amount_minor - coalesce(used.amount_minor, 0)
                - sum(said.amount_minor) OVER (
                    PARTITION BY said.area_code, said.payment_id
                    ORDER BY said.invoice_number COLLATE "C"
                ) + said.amount_minor)
        ) AS amount_minor
    FROM said
    JOIN paid ON paid.area_code = said.area_code AND paid.id = said.payment_id
    LEFT JOIN used ON used.area_code = said.area_code AND used.payment_id = said.payment_id
    WHERE said.amount_minor > 0
),
open_line AS (
    SELECT left_owing.*,
        sum(amount_minor) OVER (
            PARTITION BY area_code, hospital_id, supplier_id, invoice_number
            ORDER BY due_date NULLS LAST, clock_start_date, id
        ) AS upto_minor
    FROM left_owing
    WHERE amount_minor > 0
),
laid_on AS (
    -- What documents say comes before what people say.
    SELECT word.*,
        sum(amount_minor) OVER (
            PARTITION BY area_code, hospital_id, supplier_id, invoice_number
            ORDER BY turn, paid_date, payment_id
        ) AS upto_minor
    FROM (
        SELECT area_code, hospital_id, supplier_id, invoice_number, payment_id, paid_date,
            sum(amount_minor) AS amount_minor, 0 AS turn
        FROM meant
        GROUP BY area_code, hospital_id, supplier_id, invoice_number, payment_id, paid_date
        UNION ALL
        SELECT area_code, hospital_id, supplier_id, invoice_number, payment_id, paid_date,
            amount_minor, 1
        FROM saying
        WHERE amount_minor > 0
    ) AS word
),
laid AS (
    SELECT area_code, line_id, hospital_id, supplier_id, paid_date, due_date, clock_start_date,
        laid_minor
    FROM laid_by_name
    UNION ALL
    SELECT line.area_code, line.id, line.hospital_id, line.supplier_id, laid_on.paid_date,
        line.due_date, line.clock_start_date,
        least(line.upto_minor, laid_on.upto_minor)
            - greatest(
                line.upto_minor - line.amount_minor, laid_on.upto_minor - laid_on.amount_minor
            )
    FROM open_line AS line
    JOIN laid_on
        ON laid_on.area_code = line.area_code AND laid_on.hospital_id = line.hospital_id
        AND laid_on.supplier_id = line.supplier_id
        AND laid_on.invoice_number = line.invoice_number
        AND laid_on.upto_minor > line.upto_minor - line.amount_minor
        AND line.upto_minor > laid_on.upto_minor - laid_on.amount_minor
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
