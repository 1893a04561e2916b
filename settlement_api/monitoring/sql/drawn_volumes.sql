-- Agreed volumes of an area beside what was matched under the same contract in the same contract year.
WITH agreed AS (
    SELECT
        volume.id, volume.contract_code, volume.item_no, volume.manufacturer, volume.scope_code,
        volume.year, volume.quantity_milli
    FROM agreed_volume AS volume
    WHERE volume.area_code = :area_code
      AND volume.superseded_at IS NULL
      AND (CAST(:after AS uuid) IS NULL OR volume.id > :after)
    ORDER BY volume.id
    LIMIT :row_limit
),
price_version AS (
    SELECT
        contract.id, contract.contract_code, contract.item_no, contract.manufacturer,
        min(contract.valid_from) OVER (
            PARTITION BY contract.contract_code, contract.item_no, contract.manufacturer
        ) AS began
    FROM contract
    WHERE (contract.contract_code, contract.item_no, contract.manufacturer) IN (
        SELECT contract_code, item_no, manufacturer FROM agreed
    )
),
drawn AS (
    SELECT
        version.contract_code, version.item_no, version.manufacturer, hospital.hospital_code,
        (
            extract(YEAR FROM version.began)
            + extract(YEAR FROM age(payable.basis_date, version.began))
        )::int AS year,
        sum(payable.quantity_milli) AS quantity_milli,
        sum(payable.amount_minor) AS amount_minor
    FROM price_version AS version
    JOIN payable
        ON payable.area_code = :area_code
        AND payable.contract_id = version.id
        AND payable.status <> 'superseded'
    JOIN hospital ON hospital.area_code = :area_code AND hospital.id = payable.hospital_id
    GROUP BY 1, 2, 3, 4, 5
)
SELECT
    agreed.id, agreed.contract_code, agreed.item_no, agreed.manufacturer, agreed.scope_code,
    agreed.year, agreed.quantity_milli,
    coalesce(sum(drawn.quantity_milli), 0)::bigint AS drawn_milli,
    coalesce(sum(drawn.amount_minor), 0)::bigint AS drawn_minor
FROM agreed
LEFT JOIN drawn
    ON drawn.contract_code = agreed.contract_code
    AND drawn.item_no = agreed.item_no
    AND drawn.manufacturer = agreed.manufacturer
    AND drawn.year = agreed.year
    AND (agreed.scope_code !~ '^[HP]' OR agreed.scope_code = drawn.hospital_code)
GROUP BY
    agreed.id, agreed.contract_code, agreed.item_no, agreed.manufacturer, agreed.scope_code,
    agreed.year, agreed.quantity_milli
ORDER BY agreed.id
