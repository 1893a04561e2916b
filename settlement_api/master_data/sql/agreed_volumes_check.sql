-- Volumes of areas or contracts nobody knows, or of a year in which the contract is not in force.
WITH faults AS (
    SELECT row_no, 'area_code' AS column_name, 'unknown_area' AS code,
           'no area ' || area_code || ' is on file' AS message
    FROM staged
    WHERE area_code IS NOT NULL
      AND NOT EXISTS (SELECT FROM area WHERE area.area_code = staged.area_code)
    UNION ALL
    SELECT row_no, 'contract_code', 'unknown_contract',
           'no contract ' || contract_code || ' item ' || item_no || ' of ' || manufacturer
               || ' is on file'
    FROM staged
    WHERE NOT EXISTS (
            SELECT FROM contract
            WHERE contract.contract_code = staged.contract_code
              AND contract.item_no = staged.item_no
              AND contract.manufacturer = staged.manufacturer
              AND contract.superseded_at IS NULL
        )
      AND (contract_code, item_no, manufacturer) IS NOT NULL
    UNION ALL
    SELECT row_no, 'year', 'contract_not_in_force', 'the contract is not in force in ' || year
    FROM staged
    WHERE EXISTS (
            SELECT FROM contract
            WHERE contract.contract_code = staged.contract_code
              AND contract.item_no = staged.item_no
              AND contract.manufacturer = staged.manufacturer
              AND contract.superseded_at IS NULL
        )
      AND NOT EXISTS (
            SELECT FROM contract
            WHERE contract.contract_code = staged.contract_code
              AND contract.item_no = staged.item_no
              AND contract.manufacturer = staged.manufacturer
              AND contract.superseded_at IS NULL
              AND contract.valid_from <= make_date(staged.year, 12, 31)
              AND (contract.valid_to IS NULL OR contract.valid_to >= make_date(staged.year, 1, 1))
        )
      AND year IS NOT NULL
)
SELECT row_no, column_name, code, message
FROM faults
ORDER BY row_no, column_name
