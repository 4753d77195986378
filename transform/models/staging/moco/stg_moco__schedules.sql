-- Made by `make staging` from the schema of schedules: change streams.yml or the schemas.
{{ config(enabled=var('using_moco', true)) }}

{{ crowdfunding_agency.stage('moco', 'schedules', [
    ('schedule_id', 'id', 'bigint'),
    ('date', 'date', 'date'),
    ('am', 'am', 'boolean'),
    ('pm', 'pm', 'boolean'),
    ('symbol', 'symbol', 'text'),
    ('assignment', 'assignment', 'jsonb'),
    ('user_id', 'user.id', 'bigint'),
    ('created_at', 'created_at', 'timestamptz'),
    ('updated_at', 'updated_at', 'timestamptz'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
