-- The components that the area's documents of the given invoice numbers are matched in.
WITH component AS (
    SELECT
        line.hospital_id, line.supplier_id,
        CASE
            WHEN line.charge_kind = 'goods' THEN line.product_code
            ELSE 'charge:' || coalesce(line.blue_invoice_number, line.invoice_number)
        END AS component_code
    FROM invoice_claim AS claim
    JOIN invoice_line AS line
      ON line.area_code = :area_code AND line.document_id = claim.document_id
    WHERE claim.area_code = :area_code
      AND claim.invoice_key = ANY(CAST(:invoice_numbers AS text[]))
),
-- What one charge of an order takes, the others do not get.
charged_order AS (
    SELECT line.hospital_id, line.supplier_id, line.order_number
    FROM component
    JOIN invoice_line AS line
      ON line.area_code = :area_code
     AND line.supplier_id = component.supplier_id
     AND line.invoice_number = substr(component.component_code, 8)
     AND line.hospital_id = component.hospital_id
     AND line.charge_kind <> 'goods'
     AND line.order_number IS NOT NULL
    WHERE starts_with(component.component_code, 'charge:')
),
every_component AS (
    SELECT * FROM component
    UNION ALL
    SELECT line.hospital_id, line.supplier_id, 'charge:' || line.invoice_number
    FROM charged_order
    JOIN invoice_line AS line
      ON line.area_code = :area_code
     AND line.hospital_id = charged_order.hospital_id
     AND line.order_number = charged_order.order_number
     AND line.supplier_id = charged_order.supplier_id
     AND line.charge_kind <> 'goods'
     AND line.document_kind = 'invoice'
)
INSERT INTO match_key (key_no, hospital_id, supplier_id, component_code)
SELECT row_number() OVER () - 1, hospital_id, supplier_id, component_code
FROM (SELECT DISTINCT * FROM every_component WHERE component_code IS NOT NULL) AS distinct_component
