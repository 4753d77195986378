-- Made by `make staging` from the schema of deal_categories: change streams.yml or the schemas.
{{ config(enabled=var('using_moco', true)) }}

{{ crowdfunding_agency.stage('moco', 'deal_categories', [
    ('deal_category_id', 'id', 'bigint'),
    ('name', 'name', 'text'),
    ('probability', 'probability', 'bigint'),
    ('created_at', 'created_at', 'timestamptz'),
    ('updated_at', 'updated_at', 'timestamptz'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
