-- Two accounts of one agency and scheme at the same time, each with what it overlaps.
WITH said AS (
    SELECT row_no, area_code, agency_code, scheme, account_blind_index,
           daterange(valid_from, valid_to, '[]') AS period
    FROM staged
),
on_file AS (
    SELECT agency.area_code, agency.code AS agency_code, agency_account.scheme,
           agency_account.account_last4,
           daterange(agency_account.valid_from, agency_account.valid_to, '[]') AS period
    FROM agency_account
    JOIN agency
        ON agency.area_code = agency_account.area_code AND agency.id = agency_account.agency_id
    WHERE agency_account.account_blind_index NOT IN (SELECT account_blind_index FROM said)
),
clashes AS (
    SELECT said.row_no, 'row ' || other.row_no AS place
    FROM said
    JOIN said AS other USING (area_code, agency_code, scheme)
    WHERE said.row_no <> other.row_no AND said.period && other.period
    UNION ALL
    SELECT said.row_no, 'account ending in ' || on_file.account_last4
    FROM said
    JOIN on_file USING (area_code, agency_code, scheme)
    WHERE said.period && on_file.period
)
SELECT row_no, 'valid_from' AS column_name, 'overlapping_account' AS code,
       'the agency has another account for the scheme at the same time: '
           || string_agg(place, ', ' ORDER BY place) AS message
FROM clashes
GROUP BY row_no
ORDER BY row_no
