-- Which role of the application may change or delete what is booked?
WITH role_on_table AS (
    SELECT application.rolname, booked.relname,
        has_any_column_privilege(application.oid, booked.oid, 'UPDATE')
            OR has_table_privilege(application.oid, booked.oid, 'DELETE, TRUNCATE') AS may_change
    FROM pg_roles AS application
    CROSS JOIN pg_class AS booked
    WHERE application.rolname IN (
        'zhijie_app', 'zhijie_area', 'zhijie_hospital', 'zhijie_supplier', 'zhijie_system'
    )
      AND booked.relnamespace = 'public'::regnamespace
      AND booked.relname IN (
          'transfer', 'ledger_posting', 'account_balance', 'ledger_account', 'payment_evidence',
          'statement_entry', 'outbox_event', 'seal', 'approval'
      )
)
SELECT 'all' AS area_code, count(*)::bigint AS examined,
    count(*) FILTER (WHERE may_change)::bigint AS broken, NULL::bigint AS figure_minor,
    min(rolname || ' on ' || relname) FILTER (WHERE may_change) AS sample
FROM role_on_table
