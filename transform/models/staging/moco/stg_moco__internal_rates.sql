-- Made by `make staging` from the schema of internal_rates: change streams.yml or the schemas.
{{ config(enabled=var('using_moco', true)) }}

{{ crowdfunding_agency.stage('moco', 'internal_rates', [
    ('user_id', 'user_id', 'bigint'),
    ('year', 'year', 'bigint'),
    ('rate', 'rate', 'numeric'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
