-- Made by `make staging` from the schema of project_payment_schedules: change streams.yml or the schemas.
{{ config(enabled=var('using_moco', true)) }}

{{ crowdfunding_agency.stage('moco', 'project_payment_schedules', [
    ('payment_schedule_id', 'id', 'bigint'),
    ('date', 'date', 'date'),
    ('title', 'title', 'text'),
    ('net_total', 'net_total', 'numeric'),
    ('checked', 'checked', 'boolean'),
    ('billed', 'billed', 'boolean'),
    ('description', 'description', 'text'),
    ('project_id', 'project.id', 'bigint'),
    ('created_at', 'created_at', 'timestamptz'),
    ('updated_at', 'updated_at', 'timestamptz'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
