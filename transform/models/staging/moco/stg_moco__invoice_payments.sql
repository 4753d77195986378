-- Made by `make staging` from the schema of invoice_payments: change streams.yml or the schemas.
{{ config(enabled=var('using_moco', true)) }}

{{ crowdfunding_agency.stage('moco', 'invoice_payments', [
    ('invoice_payment_id', 'id', 'bigint'),
    ('date', 'date', 'date'),
    ('invoice_id', 'invoice.id', 'bigint'),
    ('paid_total', 'paid_total', 'numeric'),
    ('paid_total_in_account_currency', 'paid_total_in_account_currency', 'numeric'),
    ('currency', 'currency', 'text'),
    ('description', 'description', 'text'),
    ('created_at', 'created_at', 'timestamptz'),
    ('updated_at', 'updated_at', 'timestamptz'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
