-- What of each hospital's claim of the month can still be reserved; 0 for suspended hospitals.
WITH locked AS (
    SELECT
        capacity.hospital_id, capacity.available_minor,
        capacity.reserved_minor + capacity.consumed_minor AS bound_minor
    FROM claim_capacity AS capacity
    WHERE capacity.area_code = :area_code
      AND capacity.scheme = :scheme
      AND capacity.month = :period
    ORDER BY capacity.id
    FOR NO KEY UPDATE
)
INSERT INTO claim_room (hospital_id, room_minor)
SELECT
    locked.hospital_id,
    CASE
        WHEN hospital.suspended_from <= :on THEN 0
        ELSE greatest(
            div(locked.available_minor::numeric * :cap_percent, 100)::bigint - locked.bound_minor,
            0
        )
    END
FROM locked
JOIN hospital ON hospital.area_code = :area_code AND hospital.id = locked.hospital_id
