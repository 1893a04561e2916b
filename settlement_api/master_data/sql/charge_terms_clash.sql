-- Terms of one contract and kind of charge that hold at the same time, each with what it overlaps:
-- other rows of the file, or rows on file that this file does not replace.
WITH said AS (
    SELECT row_no, contract_code, charge_kind, valid_from,
           daterange(valid_from, valid_to, '[]') AS period
    FROM staged
),
on_file AS (
    SELECT contract_code, charge_kind, valid_from, daterange(valid_from, valid_to, '[]') AS period
    FROM charge_term
    WHERE superseded_at IS NULL
      AND contract_code IN (SELECT contract_code FROM said)
      AND NOT EXISTS (
          SELECT FROM said
          WHERE said.contract_code = charge_term.contract_code
            AND said.charge_kind = charge_term.charge_kind
            AND said.valid_from = charge_term.valid_from
      )
),
clashes AS (
    SELECT said.row_no, 'row ' || other.row_no AS place, other.row_no AS place_order
    FROM said
    JOIN said AS other USING (contract_code, charge_kind)
    WHERE said.row_no <> other.row_no AND said.period && other.period
    UNION ALL
    SELECT said.row_no, 'terms on file from ' || on_file.valid_from, 0
    FROM said
    JOIN on_file USING (contract_code, charge_kind)
    WHERE said.period && on_file.period
)
SELECT row_no, 'valid_from' AS column_name, 'overlapping_terms' AS code,
       'other terms of the same contract and charge hold at the same time: '
           || string_agg(place, ', ' ORDER BY place_order, place) AS message
FROM clashes
GROUP BY row_no
ORDER BY row_no
