-- What contracts say of charges, where they list products on the orders that touched charges name.
SELECT
    hashtextextended(charge_term.contract_code, 0) AS agreement,
    (array_position(:charge_kinds, charge_term.charge_kind) - 1)::smallint AS kind,
    charge_term.terms = 'payable' AS payable,
    coalesce(charge_term.most_permyriad, -1)::bigint AS permyriad,
    coalesce(charge_term.most_minor, -1) AS most,
    charge_term.valid_from - DATE '1970-01-01' AS valid_from,
    coalesce(charge_term.valid_to - DATE '1970-01-01', 2147483647) AS valid_to
FROM charge_term
WHERE charge_term.superseded_at IS NULL
  AND charge_term.contract_code IN (
      SELECT contract.contract_code
      FROM charged_line
      JOIN contract ON contract.product_id = charged_line.product_id
      WHERE contract.superseded_at IS NULL
  )
ORDER BY
    charge_term.contract_code COLLATE "C", charge_term.charge_kind COLLATE "C",
    charge_term.valid_from
