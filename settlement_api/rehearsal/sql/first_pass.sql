-- First-pass match rate: the share of invoice lines, and of their fen, that the first run after
-- their arrival made payable to the last fen, with nothing of them waiting or held.
-- A run that found a line's rows stays on them when later runs supersede them, so that the figure
-- can be told at any time; every invoice line ends in a row of its first run.
WITH spoken AS (
    SELECT payable.area_code, payable.invoice_line_id AS line_id, payable.match_run_id,
        payable.amount_minor AS paid_minor, false AS stops
    FROM payable
    WHERE payable.kind IN ('goods', 'freight')
    UNION ALL
    SELECT discrepancy.area_code, discrepancy.invoice_line_id, discrepancy.match_run_id,
        0, discrepancy.effect <> 'information'
    FROM discrepancy
    WHERE discrepancy.invoice_line_id IS NOT NULL
),
of_run AS (
    SELECT spoken.area_code, spoken.line_id, match_run.run_number,
        sum(spoken.paid_minor) AS paid_minor, bool_or(spoken.stops) AS stops
    FROM spoken
    JOIN match_run
      ON match_run.area_code = spoken.area_code AND match_run.id = spoken.match_run_id
    GROUP BY spoken.area_code, spoken.line_id, match_run.run_number
),
first_run AS (
    SELECT DISTINCT ON (area_code, line_id) *
    FROM of_run
    ORDER BY area_code, line_id, run_number
),
judged AS (
    SELECT
        line.total_minor,
        coalesce(first_run.paid_minor = line.total_minor AND NOT first_run.stops, false) AS at_once
    FROM invoice_line AS line
    LEFT JOIN first_run
      ON first_run.area_code = line.area_code AND first_run.line_id = line.id
    WHERE line.document_kind = 'invoice'
)
SELECT
    count(*) AS lines,
    count(*) FILTER (WHERE at_once) AS lines_at_once,
    coalesce(sum(total_minor), 0)::bigint AS invoiced_minor,
    coalesce(sum(total_minor) FILTER (WHERE at_once), 0)::bigint AS at_once_minor
FROM judged
