-- Made by `make staging` from the schema of invoice_reminders: change streams.yml or the schemas.
{{ config(enabled=var('using_moco', true)) }}

{{ crowdfunding_agency.stage('moco', 'invoice_reminders', [
    ('invoice_reminder_id', 'id', 'bigint'),
    ('title', 'title', 'text'),
    ('text', 'text', 'text'),
    ('fee', 'fee', 'numeric'),
    ('date', 'date', 'date'),
    ('due_date', 'due_date', 'date'),
    ('status', 'status', 'text'),
    ('file_url', 'file_url', 'text'),
    ('invoice_id', 'invoice.id', 'bigint'),
    ('created_at', 'created_at', 'timestamptz'),
    ('updated_at', 'updated_at', 'timestamptz'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
