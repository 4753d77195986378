-- Made by `make staging` from the schema of planning_entries: change streams.yml or the schemas.
{{ config(enabled=var('using_moco', true)) }}

{{ crowdfunding_agency.stage('moco', 'planning_entries', [
    ('planning_entry_id', 'id', 'bigint'),
    ('title', 'title', 'text'),
    ('starts_on', 'starts_on', 'date'),
    ('ends_on', 'ends_on', 'date'),
    ('hours_per_day', 'hours_per_day', 'numeric'),
    ('comment', 'comment', 'text'),
    ('symbol', 'symbol', 'bigint'),
    ('color', 'color', 'text'),
    ('read_only', 'read_only', 'boolean'),
    ('user_id', 'user.id', 'bigint'),
    ('project_id', 'project.id', 'bigint'),
    ('task_id', 'task.id', 'bigint'),
    ('deal_id', 'deal.id', 'bigint'),
    ('series_id', 'series_id', 'text'),
    ('tentative', 'tentative', 'boolean'),
    ('series_repeat', 'series_repeat', 'text'),
    ('created_at', 'created_at', 'timestamptz'),
    ('updated_at', 'updated_at', 'timestamptz'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
