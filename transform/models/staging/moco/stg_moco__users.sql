-- Made by `make staging` from the schema of users: change streams.yml or the schemas.
{{ config(enabled=var('using_moco', true)) }}

{{ crowdfunding_agency.stage('moco', 'users', [
    ('user_id', 'id', 'bigint'),
    ('firstname', 'firstname', 'text'),
    ('lastname', 'lastname', 'text'),
    ('active', 'active', 'boolean'),
    ('extern', 'extern', 'boolean'),
    ('tags', 'tags', 'jsonb'),
    ('credit_number', 'credit_number', 'text'),
    ('role_id', 'role.id', 'bigint'),
    ('unit_id', 'unit.id', 'bigint'),
    ('created_at', 'created_at', 'timestamptz'),
    ('updated_at', 'updated_at', 'timestamptz'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
