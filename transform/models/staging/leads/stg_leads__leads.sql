{{ config(enabled=var('using_leads', true)) }}

{{ crowdfunding_agency.stage('leads', 'leads', [
    ('lead_key', 'key', 'text'),
    ('lead_number', 'lead_id', 'bigint'),
    ('stream', 'stream', 'text'),
    ('status', 'status', 'text'),
    ('reason', 'reason', 'text'),
    ('attempts', 'attempts', 'bigint'),
    ('contact_id', 'contact_id', 'bigint'),
    ('deal_id', 'deal_id', 'bigint'),
    ('proposal_id', 'proposal_id', 'bigint'),
    ('reference', 'reference', 'text'),
    ('created_at', 'created_at', 'timestamptz'),
    ('updated_at', 'updated_at', 'timestamptz'),
    ('sent_at', 'sent_at', 'timestamptz'),
    ('_sdc_extracted_at', '_sdc_extracted_at', 'timestamptz'),
]) }}
