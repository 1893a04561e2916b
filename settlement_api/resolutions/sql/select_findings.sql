-- Open discrepancies that are meant, and what is at stake in each: its amount, else its quantity at
-- the order's price or at its contract's, in fen; null where there is neither.
SELECT
    discrepancy.id,
    discrepancy.amount_minor,
    CASE
        WHEN discrepancy.amount_minor <> 0 THEN abs(discrepancy.amount_minor)
        WHEN discrepancy.quantity_milli = 0 THEN 0
        WHEN ordered.price_micro IS NOT NULL
        THEN round(
            abs(discrepancy.quantity_milli)::numeric * ordered.price_micro
            / (10000000::numeric * ordered.price_pack_size)
        )::bigint
        WHEN contract.id IS NOT NULL
        THEN round(
            abs(discrepancy.quantity_milli)::numeric * contract.pack_price_micro
            / (10000000::numeric * contract.pack_size)
        )::bigint
    END AS stake_minor
FROM discrepancy
LEFT JOIN purchase_order_line AS ordered
  ON ordered.area_code = discrepancy.area_code AND ordered.id = discrepancy.order_line_id
LEFT JOIN order_line_forecast AS forecast
  ON forecast.area_code = discrepancy.area_code AND forecast.id = discrepancy.order_line_id
LEFT JOIN contract ON contract.id = forecast.contract_id
WHERE discrepancy.area_code = :area_code
  AND discrepancy.status = 'open'
  AND (CAST(:discrepancy_id AS uuid) IS NULL OR discrepancy.id = :discrepancy_id)
  AND (CAST(:reason AS text) IS NULL OR discrepancy.reason = :reason)
  AND (CAST(:effect AS text) IS NULL OR discrepancy.effect = :effect)
  AND (CAST(:hospital_id AS uuid) IS NULL OR discrepancy.hospital_id = :hospital_id)
  AND (CAST(:supplier_id AS uuid) IS NULL OR discrepancy.supplier_id = :supplier_id)
  AND (CAST(:component_code AS text) IS NULL OR discrepancy.component_code = :component_code)
  AND (CAST(:least_minor AS bigint) IS NULL OR abs(discrepancy.amount_minor) >= :least_minor)
  AND (CAST(:most_minor AS bigint) IS NULL OR abs(discrepancy.amount_minor) <= :most_minor)
ORDER BY discrepancy.id
