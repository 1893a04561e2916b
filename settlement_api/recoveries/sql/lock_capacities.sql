-- Locks the capacity rows of a month that older shortfalls could draw on, in one order.
SELECT capacity.id
FROM claim_capacity AS capacity
WHERE capacity.area_code = :area_code AND capacity.month = :month
  AND EXISTS (
      SELECT 1 FROM shortfall_case AS waiting
      WHERE waiting.area_code = capacity.area_code
        AND waiting.hospital_id = capacity.hospital_id AND waiting.scheme = capacity.scheme
        AND waiting.month < capacity.month
        AND waiting.recovered_minor < waiting.shortfall_minor
  )
ORDER BY capacity.hospital_id, capacity.scheme
FOR UPDATE
