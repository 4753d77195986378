-- Made by `make staging` from the schema of projects: change streams.yml or the schemas.
{{ config(enabled=var('using_micropledge', true)) }}

{{ crowdfunding_agency.stage('micropledge', 'projects', [
    ('project_slug', 'project_slug', 'text'),
    ('creation_date', 'creationDate', 'timestamptz'),
    ('description', 'description', 'text'),
    ('license', 'license', 'text'),
    ('min_pledge', 'minPledge', 'numeric'),
    ('name', 'name', 'text'),
    ('num_pledges', 'numPledges', 'bigint'),
    ('pledged', 'pledged', 'numeric'),
    ('progress', 'progress', 'numeric'),
    ('quoting', 'quoting', 'text'),
    ('start_date', 'startDate', 'timestamptz'),
    ('state', 'state', 'text'),
    ('target', 'target', 'numeric'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
