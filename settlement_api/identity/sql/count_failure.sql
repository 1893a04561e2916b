-- One more wrong password: the count, and the rest it brings from the fifth on.
UPDATE user_account
SET failed_count = failed_count + 1,
    locked_until = CASE
        WHEN failed_count + 1 >= :allowed
        THEN clock_timestamp() + make_interval(secs => :rest_seconds)
        ELSE locked_until
    END
WHERE id = :user_id
RETURNING failed_count
