-- Made by `make staging` from the schema of contacts: change streams.yml or the schemas.
{{ config(enabled=var('using_moco', true)) }}

{{ crowdfunding_agency.stage('moco', 'contacts', [
    ('contact_id', 'id', 'bigint'),
    ('firstname', 'firstname', 'text'),
    ('lastname', 'lastname', 'text'),
    ('title', 'title', 'text'),
    ('job_position', 'job_position', 'text'),
    ('tags', 'tags', 'jsonb'),
    ('custom_properties', 'custom_properties', 'jsonb'),
    ('company_id', 'company.id', 'bigint'),
    ('user_id', 'user.id', 'bigint'),
    ('created_at', 'created_at', 'timestamptz'),
    ('updated_at', 'updated_at', 'timestamptz'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
