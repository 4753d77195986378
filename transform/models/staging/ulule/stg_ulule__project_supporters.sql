-- Made by `make staging` from the schema of project_supporters: change streams.yml or the schemas.
{{ config(enabled=var('using_ulule', true)) }}

{{ crowdfunding_agency.stage('ulule', 'project_supporters', [
    ('project_id', 'project_id', 'bigint'),
    ('user_id', 'id', 'bigint'),
    ('date_joined', 'date_joined', 'timestamptz'),
    ('has_avatar', 'has_avatar', 'boolean'),
    ('lang', 'lang', 'text'),
    ('last_login', 'last_login', 'timestamptz'),
    ('country', 'country', 'text'),
    ('is_staff', 'is_staff', 'boolean'),
    ('timezone', 'timezone', 'text'),
    ('is_completed', 'is_completed', 'boolean'),
    ('resource_uri', 'resource_uri', 'text'),
    ('eula_accepted_at', 'eula_accepted_at', 'timestamptz'),
    ('is_active', 'is_active', 'boolean'),
    ('is_anonymous', 'is_anonymous', 'boolean'),
    ('is_guest', 'is_guest', 'boolean'),
    ('has_usable_password', 'has_usable_password', 'boolean'),
    ('newsletters', 'newsletters', 'jsonb'),
    ('contact_lang', 'contact_lang', 'text'),
    ('date_creation', 'date_creation', 'timestamptz'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
