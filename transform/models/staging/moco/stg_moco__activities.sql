-- Made by `make staging` from the schema of activities: change streams.yml or the schemas.
{{ config(enabled=var('using_moco', true)) }}

{{ crowdfunding_agency.stage('moco', 'activities', [
    ('activity_id', 'id', 'bigint'),
    ('date', 'date', 'date'),
    ('hours', 'hours', 'numeric'),
    ('description', 'description', 'text'),
    ('billed', 'billed', 'boolean'),
    ('billable', 'billable', 'boolean'),
    ('invoice_id', 'invoice_id', 'bigint'),
    ('tag', 'tag', 'text'),
    ('remote_service', 'remote_service', 'text'),
    ('remote_id', 'remote_id', 'text'),
    ('remote_url', 'remote_url', 'text'),
    ('project_id', 'project.id', 'bigint'),
    ('task_id', 'task.id', 'bigint'),
    ('customer_id', 'customer.id', 'bigint'),
    ('user_id', 'user.id', 'bigint'),
    ('deal_id', 'deal.id', 'bigint'),
    ('hourly_rate', 'hourly_rate', 'numeric'),
    ('seconds', 'seconds', 'bigint'),
    ('worked_seconds', 'worked_seconds', 'bigint'),
    ('timer_started_at', 'timer_started_at', 'timestamptz'),
    ('created_at', 'created_at', 'timestamptz'),
    ('updated_at', 'updated_at', 'timestamptz'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
