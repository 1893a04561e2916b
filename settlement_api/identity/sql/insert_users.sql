-- New people and their roles, set-wise; a login name that is taken gives no row.
WITH given AS (
    SELECT *
    FROM jsonb_to_recordset(CAST(:users AS jsonb)) AS given (
        login_name text, display_name text, password_hash text, password_is_initial boolean,
        party_kind text,
        area_code text, hospital_id uuid, supplier_id uuid, roles jsonb
    )
),
account AS (
    INSERT INTO user_account
        (login_name, display_name, password_hash, password_is_initial, party_kind, area_code,
         hospital_id, supplier_id)
    SELECT
        login_name, display_name, password_hash, password_is_initial, party_kind, area_code,
        hospital_id, supplier_id
    FROM given
    ON CONFLICT (login_name) DO NOTHING
    RETURNING id, login_name, party_kind
),
granted AS (
    INSERT INTO user_role (user_id, role, party_kind)
    SELECT account.id, role.name, account.party_kind
    FROM account
    JOIN given ON given.login_name = account.login_name
    CROSS JOIN LATERAL jsonb_array_elements_text(given.roles) AS role (name)
)
SELECT id, login_name FROM account ORDER BY login_name
