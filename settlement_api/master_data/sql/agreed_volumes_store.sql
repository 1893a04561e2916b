-- Stores the volumes that are not on file, under the newest price version of their year.
WITH stored AS (
    INSERT INTO agreed_volume
        (area_code, contract_id, contract_code, item_no, manufacturer, scope_code, year,
         quantity_milli)
    SELECT staged.area_code, version.id, staged.contract_code, staged.item_no,
           staged.manufacturer, staged.scope_code, staged.year, staged.quantity_milli
    FROM staged
    CROSS JOIN LATERAL (
        SELECT contract.id
        FROM contract
        WHERE contract.contract_code = staged.contract_code
          AND contract.item_no = staged.item_no
          AND contract.manufacturer = staged.manufacturer
          AND contract.superseded_at IS NULL
          AND contract.valid_from <= make_date(staged.year, 12, 31)
        ORDER BY contract.valid_from DESC
        LIMIT 1
    ) AS version
    ORDER BY staged.row_no
    ON CONFLICT (area_code, contract_code, item_no, manufacturer, scope_code, year)
        WHERE superseded_at IS NULL DO NOTHING
    RETURNING area_code, contract_code, item_no, manufacturer, scope_code, year
)
SELECT staged.row_no
FROM staged
JOIN stored USING (area_code, contract_code, item_no, manufacturer, scope_code, year)
