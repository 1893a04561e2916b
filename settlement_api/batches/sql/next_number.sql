-- The next number of the batches of an agency, scheme and month, from its counter row.
INSERT INTO batch_counter (area_code, agency_id, scheme, period, last_no)
VALUES (:area_code, :agency_id, :scheme, :period, 1)
ON CONFLICT (area_code, agency_id, scheme, period)
DO UPDATE SET last_no = batch_counter.last_no + 1
RETURNING last_no
