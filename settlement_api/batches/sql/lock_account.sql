-- Releases from one account follow each other: the next one sees what this one took of the day.
SELECT id
FROM agency_account
WHERE area_code = :area_code AND id = :agency_account_id
FOR NO KEY UPDATE
