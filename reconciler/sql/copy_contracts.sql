-- Contract rows of the products touched, whether or not they are of this area or in force.
WITH area_scope AS (
    SELECT area_code, province_code
    FROM area WHERE area.area_code = (SELECT current_setting('app.area_code'))
)
SELECT
    contract.id,
    contract.product_id,
    hashtextextended(contract.contract_code, 0) AS agreement,
    hashtextextended(contract.manufacturer, 0) AS manufacturer,
    contract.pack_price_micro AS price,
    contract.pack_size::bigint AS pack,
    (CASE
        WHEN contract.pack_price_micro % 10000 = 0 THEN 2
        WHEN contract.pack_price_micro % 1000 = 0 THEN 3
        WHEN contract.pack_price_micro % 100 = 0 THEN 4
        WHEN contract.pack_price_micro % 10 = 0 THEN 5
        ELSE 6
    END)::smallint AS decimals,
    contract.valid_from - DATE '1970-01-01' AS valid_from,
    coalesce(contract.valid_to - DATE '1970-01-01', 2147483647) AS valid_to,
    EXISTS (
        SELECT
        FROM contract_scope, area_scope
        WHERE contract_scope.contract_id = contract.id
          AND contract_scope.superseded_at IS NULL
          AND contract_scope.scope_code IN (area_scope.area_code, area_scope.province_code)
    ) AS covers,
    coalesce(holder.id, '00000000-0000-0000-0000-000000000000') AS holder_id
FROM (SELECT DISTINCT product_id FROM touched_product) AS touched
CROSS JOIN LATERAL (
    SELECT *
    FROM contract AS own
    WHERE own.product_id = touched.product_id AND own.superseded_at IS NULL
    :fence
) AS contract
LEFT JOIN supplier AS holder ON holder.uscc = contract.holder_uscc
ORDER BY contract.contract_code COLLATE "C", contract.item_no COLLATE "C",
         contract.manufacturer COLLATE "C", contract.valid_from
