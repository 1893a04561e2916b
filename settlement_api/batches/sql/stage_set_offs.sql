-- Lays negative shares over positive ones of the same hospital and supplier, oldest first.
WITH taken AS (
    SELECT share_id, hospital_id, supplier_id, open_minor, rank
    FROM eligible_share
    WHERE reason IS NULL
),
negative AS (
    SELECT
        share_id, hospital_id, supplier_id,
        sum(-open_minor) OVER oldest + open_minor AS starts,
        sum(-open_minor) OVER oldest AS ends
    FROM taken
    WHERE open_minor < 0
    WINDOW oldest AS (PARTITION BY hospital_id, supplier_id ORDER BY rank)
),
positive AS (
    SELECT
        share_id, hospital_id, supplier_id,
        sum(open_minor) OVER oldest - open_minor AS starts,
        sum(open_minor) OVER oldest AS ends
    FROM taken
    WHERE open_minor > 0
      AND (hospital_id, supplier_id) IN (
          SELECT negative.hospital_id, negative.supplier_id FROM negative
      )
    WINDOW oldest AS (PARTITION BY hospital_id, supplier_id ORDER BY rank)
)
INSERT INTO share_set_off (
    negative_share_id, positive_share_id, hospital_id, supplier_id, amount_minor
)
SELECT
    negative.share_id, positive.share_id, hospital_id, supplier_id,
    (least(negative.ends, positive.ends) - greatest(negative.starts, positive.starts))::bigint
FROM negative
JOIN positive USING (hospital_id, supplier_id)
WHERE least(negative.ends, positive.ends) > greatest(negative.starts, positive.starts)
