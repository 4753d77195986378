-- Made by `make staging` from the schema of projects: change streams.yml or the schemas.
{{ config(enabled=var('using_miimosa', true)) }}

{{ crowdfunding_agency.stage('miimosa', 'projects', [
    ('project_id', 'id', 'bigint'),
    ('url', 'url', 'text'),
    ('type', 'type', 'text'),
    ('category', 'category', 'text'),
    ('region', 'region', 'text'),
    ('title', 'title', 'text'),
    ('description', 'description', 'text'),
    ('status', 'status', 'text'),
    ('target', 'target', 'numeric'),
    ('collected', 'collected', 'numeric'),
    ('image_url', 'image_url', 'text'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
