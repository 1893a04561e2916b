-- Takes a key unless it was used; waits only so long for whoever is using it at this moment.
WITH patience AS MATERIALIZED (
    SELECT set_config('lock_timeout', :patience, true) AS milliseconds
)
INSERT INTO request_key (client_id, key, fingerprint)
SELECT :client_id, :key, :fingerprint
FROM patience
WHERE patience.milliseconds IS NOT NULL
ON CONFLICT DO NOTHING
