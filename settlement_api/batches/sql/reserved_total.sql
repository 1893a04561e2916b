-- What batches of an area and scheme have reserved and the bank has not debited yet.
SELECT coalesce(sum(reserved_minor), 0)::bigint
FROM payable_share
WHERE area_code = :area_code AND scheme = :scheme AND reserved_minor > 0
