-- Made by `make staging` from the schema of user_employments: change streams.yml or the schemas.
{{ config(enabled=var('using_moco', true)) }}

{{ crowdfunding_agency.stage('moco', 'user_employments', [
    ('employment_id', 'id', 'bigint'),
    ('weekly_target_hours', 'weekly_target_hours', 'numeric'),
    ('pattern', 'pattern', 'jsonb'),
    ('from', 'from', 'date'),
    ('to', 'to', 'date'),
    ('user_id', 'user.id', 'bigint'),
    ('created_at', 'created_at', 'timestamptz'),
    ('updated_at', 'updated_at', 'timestamptz'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
