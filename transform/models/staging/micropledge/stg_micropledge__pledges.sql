-- Made by `make staging` from the schema of pledges: change streams.yml or the schemas.
{{ config(enabled=var('using_micropledge', true)) }}

{{ crowdfunding_agency.stage('micropledge', 'pledges', [
    ('project_slug', 'project_slug', 'text'),
    ('date', 'date', 'timestamptz'),
    ('userslug', 'userslug', 'text'),
    ('amount', 'amount', 'numeric'),
    ('_occurrence', '_occurrence', 'bigint'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
