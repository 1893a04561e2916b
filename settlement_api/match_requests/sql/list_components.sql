-- Writes down every component of the area, in an order of their own, as places of the request.
WITH RECURSIVE later (id, later_id) AS (
    SELECT id, successor_id FROM supplier WHERE successor_id IS NOT NULL
    UNION
    SELECT later.id, supplier.successor_id
    FROM later
    JOIN supplier ON supplier.id = later.later_id
    WHERE supplier.successor_id IS NOT NULL
),
today AS (
    SELECT later.id, later.later_id AS head_id
    FROM later
    JOIN supplier ON supplier.id = later.later_id
    WHERE supplier.successor_id IS NULL
),
component AS (
    SELECT hospital_id, supplier_id, product_code
    FROM purchase_order_line WHERE area_code = :area_code
    UNION
    SELECT hospital_id, supplier_id, product_code
    FROM goods_receipt_line WHERE area_code = :area_code
    UNION
    SELECT hospital_id, supplier_id, product_code
    FROM return_note_line WHERE area_code = :area_code
    UNION
    SELECT hospital_id, supplier_id,
           CASE
               WHEN charge_kind = 'goods' THEN product_code
               ELSE 'charge:' || coalesce(blue_invoice_number, invoice_number)
           END
    FROM invoice_line WHERE area_code = :area_code
)
INSERT INTO match_request_component (
    area_code, match_request_id, position, hospital_id, supplier_id, component_code
)
SELECT
    :area_code, :id,
    row_number() OVER (ORDER BY hospital_id, supplier_id, product_code COLLATE "C"),
    hospital_id, supplier_id, product_code
FROM (
    -- Of components that are joined the first is listed: who touches one, touches them all.
    SELECT DISTINCT ON (component.hospital_id, joined.head_id, joined.by)
        component.hospital_id, component.supplier_id, component.product_code
    FROM component
    LEFT JOIN product ON product.product_code = component.product_code
    LEFT JOIN product_group_member AS member
      ON member.product_id = product.id AND member.superseded_at IS NULL
    LEFT JOIN today
      ON today.id = component.supplier_id AND NOT starts_with(component.product_code, 'charge:')
    CROSS JOIN LATERAL (
        SELECT
            coalesce(today.head_id, component.supplier_id) AS head_id,
            coalesce(
                member.round_id::text || ' ' || member.group_code, component.product_code
            ) AS by
    ) AS joined
    WHERE component.product_code IS NOT NULL
    ORDER BY component.hospital_id, joined.head_id, joined.by, component.supplier_id,
             component.product_code COLLATE "C"
) AS listed
