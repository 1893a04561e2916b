-- New discrepancies of a run, from staging. One that people decided about as it stands here (same
-- reason, quantity, amount, and lines of the same numbers) was superseded since and is found anew:
-- what they decided holds. No area without such decisions looks for them.
-- One that takes the place of another about the same lines for the same reason keeps its day to act
-- by: who settles a part, or sends papers drop by drop, gains no time for the rest. Where that day
-- waits for the calendar of its year, it keeps the day from which it will be counted.
WITH replaced AS MATERIALIZED (
    SELECT
        coalesce(order_line_id, CAST(:nil AS uuid)) AS order_id,
        coalesce(receipt_line_id, CAST(:nil AS uuid)) AS receipt_id,
        coalesce(invoice_line_id, CAST(:nil AS uuid)) AS invoice_id,
        coalesce(other_line_id, CAST(:nil AS uuid)) AS other_id,
        reason, min(deadline_date) AS deadline_date,
        min(coalesce(found_date, (
            SELECT (run.matched_at AT TIME ZONE 'Asia/Shanghai')::date
            FROM match_run AS run
            WHERE run.area_code = discrepancy.area_code AND run.id = discrepancy.match_run_id
        ))) FILTER (
            WHERE deadline_date IS NULL AND effect = ANY(CAST(:asking AS text[]))
        ) AS found_date
    FROM discrepancy
    WHERE area_code = :area_code AND id = ANY(CAST(:superseded AS uuid[]))
    GROUP BY 1, 2, 3, 4, 5
)
INSERT INTO discrepancy (
    area_code, id, match_run_id, hospital_id, supplier_id, component_code, order_line_id,
    receipt_line_id, invoice_line_id, other_line_id, reason, effect, quantity_milli, amount_minor,
    compared, status, note, resolved_by, resolution_id, act_by_date, deadline_date,
    found_date
)
SELECT
    :area_code, staged.id, :run_id, match_key.hospital_id, match_key.supplier_id,
    match_key.component_code,
    nullif(staged.order_id, CAST(:nil AS uuid)), nullif(staged.receipt_id, CAST(:nil AS uuid)),
    nullif(staged.invoice_id, CAST(:nil AS uuid)), nullif(staged.other_id, CAST(:nil AS uuid)),
    (CAST(:reasons AS text[]))[staged.reason + 1],
    (CAST(:effects AS text[]))[staged.effect + 1],
    staged.quantity, staged.amount,
    jsonb_build_object('stated', staged.stated, 'allowed', staged.allowed),
    coalesce(decided.status_after, 'open'), decided.remark, decided.proposed_by,
    decided.resolution_id, decided.act_by_date,
    CASE WHEN (CAST(:effects AS text[]))[staged.effect + 1] = ANY(CAST(:asking AS text[]))
    THEN coalesce(
        replaced.deadline_date,
        CASE WHEN replaced.found_date IS NULL
        THEN (CAST(:deadlines AS date[]))[staged.reason + 1] END
    ) END,
    replaced.found_date
FROM match_discrepancy AS staged
JOIN match_key ON match_key.key_no = staged.pool
LEFT JOIN replaced
  ON replaced.order_id = staged.order_id
 AND replaced.receipt_id = staged.receipt_id
 AND replaced.invoice_id = staged.invoice_id
 AND replaced.other_id = staged.other_id
 AND replaced.reason = (CAST(:reasons AS text[]))[staged.reason + 1]
LEFT JOIN LATERAL (
    SELECT
        finding.status_after, finding.resolution_id,
        resolution.remark, resolution.proposed_by, resolution.act_by_date
    FROM resolution_finding AS finding
    JOIN resolution
      ON resolution.area_code = finding.area_code AND resolution.id = finding.resolution_id
    WHERE (
            SELECT EXISTS (
                SELECT FROM resolution_finding AS any_finding
                WHERE any_finding.area_code = :area_code AND any_finding.status = 'effective'
            )
        )
      AND finding.area_code = :area_code
      AND finding.hospital_id = match_key.hospital_id
      AND finding.supplier_id = match_key.supplier_id
      AND finding.component_code = match_key.component_code
      AND finding.status = 'effective'
      AND finding.reason = (CAST(:reasons AS text[]))[staged.reason + 1]
      AND finding.effect = (CAST(:effects AS text[]))[staged.effect + 1]
      AND finding.quantity_milli = staged.quantity
      AND finding.amount_minor = staged.amount
      AND (
            finding.order_line_id IS NOT DISTINCT FROM nullif(staged.order_id, CAST(:nil AS uuid))
            OR EXISTS (
                SELECT
                FROM purchase_order_line AS was
                JOIN purchase_order_line AS line
                  ON line.area_code = was.area_code
                 AND line.hospital_id = was.hospital_id
                 AND line.order_number = was.order_number
                 AND line.line_number = was.line_number
                WHERE was.area_code = :area_code AND was.id = finding.order_line_id
                  AND line.id = staged.order_id
            )
        )
      AND (
            finding.receipt_line_id
                IS NOT DISTINCT FROM nullif(staged.receipt_id, CAST(:nil AS uuid))
            OR EXISTS (
                SELECT
                FROM goods_receipt_line AS was
                JOIN goods_receipt_line AS line
                  ON line.area_code = was.area_code
                 AND line.hospital_id = was.hospital_id
                 AND line.receipt_number = was.receipt_number
                 AND line.line_number = was.line_number
                WHERE was.area_code = :area_code AND was.id = finding.receipt_line_id
                  AND line.id = staged.receipt_id
            )
        )
      AND (
            finding.invoice_line_id
                IS NOT DISTINCT FROM nullif(staged.invoice_id, CAST(:nil AS uuid))
            OR EXISTS (
                SELECT
                FROM invoice_line AS was
                JOIN invoice_line AS line
                  ON line.area_code = was.area_code
                 AND line.supplier_id = was.supplier_id
                 AND line.invoice_number = was.invoice_number
                 AND line.line_number = was.line_number
                WHERE was.area_code = :area_code AND was.id = finding.invoice_line_id
                  AND line.id = staged.invoice_id
            )
        )
      AND finding.other_line_id IS NOT DISTINCT FROM nullif(staged.other_id, CAST(:nil AS uuid))
    ORDER BY finding.id DESC
    LIMIT 1
) AS decided ON true
