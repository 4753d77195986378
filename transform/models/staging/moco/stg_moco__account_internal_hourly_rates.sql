-- Made by `make staging` from the schema of account_internal_hourly_rates: change streams.yml or the schemas.
{{ config(enabled=var('using_moco', true)) }}

{{ crowdfunding_agency.stage('moco', 'account_internal_hourly_rates', [
    ('user_id', 'id', 'bigint'),
    ('full_name', 'full_name', 'text'),
    ('rates', 'rates', 'jsonb'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
