-- Overlapping price versions of one contract, product and manufacturer, each with what it
-- overlaps: other rows of the file, or rows on file that this file does not replace.
WITH said AS (
    SELECT row_no, contract_code, product_code, manufacturer, item_no, valid_from,
           daterange(valid_from, valid_to, '[]') AS period
    FROM staged
),
on_file AS (
    SELECT contract.contract_code, product.product_code, contract.manufacturer,
           contract.item_no, contract.valid_from,
           daterange(contract.valid_from, contract.valid_to, '[]') AS period
    FROM contract
    JOIN product ON product.id = contract.product_id
    WHERE contract.superseded_at IS NULL
      AND contract.contract_code IN (SELECT contract_code FROM said)
      AND NOT EXISTS (
          SELECT FROM said
          WHERE said.contract_code = contract.contract_code
            AND said.item_no = contract.item_no
            AND said.manufacturer = contract.manufacturer
            AND said.valid_from = contract.valid_from
      )
),
clashes AS (
    SELECT said.row_no, 'row ' || other.row_no AS place, other.row_no AS place_order
    FROM said
    JOIN said AS other USING (contract_code, product_code, manufacturer)
    WHERE said.row_no <> other.row_no AND said.period && other.period
    UNION ALL
    SELECT said.row_no,
           'item ' || on_file.item_no || ' on file from ' || on_file.valid_from, 0
    FROM said
    JOIN on_file USING (contract_code, product_code, manufacturer)
    WHERE said.period && on_file.period
)
SELECT row_no, 'valid_from' AS column_name, 'overlapping_price' AS code,
       'another price of the same contract, product and manufacturer holds at the same time: '
           || string_agg(place, ', ' ORDER BY place_order, place) AS message
FROM clashes
GROUP BY row_no
ORDER BY row_no
