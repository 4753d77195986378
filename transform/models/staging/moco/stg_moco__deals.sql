-- Made by `make staging` from the schema of deals: change streams.yml or the schemas.
{{ config(enabled=var('using_moco', true)) }}

{{ crowdfunding_agency.stage('moco', 'deals', [
    ('deal_id', 'id', 'bigint'),
    ('name', 'name', 'text'),
    ('status', 'status', 'text'),
    ('reminder_date', 'reminder_date', 'date'),
    ('closed_on', 'closed_on', 'date'),
    ('money', 'money', 'numeric'),
    ('currency', 'currency', 'text'),
    ('info', 'info', 'text'),
    ('tags', 'tags', 'jsonb'),
    ('custom_properties', 'custom_properties', 'jsonb'),
    ('user_id', 'user.id', 'bigint'),
    ('person_id', 'person.id', 'bigint'),
    ('customer_id', 'customer.id', 'bigint'),
    ('company_id', 'company.id', 'bigint'),
    ('category_id', 'category.id', 'bigint'),
    ('service_period_from', 'service_period_from', 'date'),
    ('service_period_to', 'service_period_to', 'date'),
    ('created_at', 'created_at', 'timestamptz'),
    ('updated_at', 'updated_at', 'timestamptz'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
