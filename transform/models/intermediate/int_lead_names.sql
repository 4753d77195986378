-- What the campaign of a lead may be called, and what tells it for certain: names, addresses and
-- keys of campaigns that a lead's deals, contact or proposal have.
{{ config(enabled=var('using_moco', true) and crowdfunding_agency.using_campaigns()) }}

with sources as (
    select * from {{ ref('int_lead_sources') }}
),

properties as (
    select 'contact:' || contact_id as lead_key, 2 as rank, custom_properties
    from {{ ref('stg_moco__contacts') }}
    union all
    select sources.lead_key, 1, deals.custom_properties
    from sources
    inner join {{ ref('stg_moco__deals') }} as deals
        on sources.record = 'deal' and sources.record_id = deals.deal_id::text
),

said as (
    select lead_key, rank, 'name' as kind, custom_properties ->> '{{ var("project_name_field", "Project name") }}' as text
    from properties
    union all
    select lead_key, rank, 'url', custom_properties ->> '{{ var("campaign_url_field", "Campaign URL") }}'
    from properties
    {% if var('using_ulule', true) and var('using_leads', true) %}
    union all
    select sources.lead_key, 1, 'key', 'ulule:' || proposals.project_id
    from sources
    inner join {{ ref('stg_leads__leads') }} as leads
        on sources.record = 'journal' and sources.record_id = leads.lead_key
    inner join {{ ref('stg_ulule__partner_proposals') }} as proposals
        on leads.proposal_id = proposals.proposal_id
    {% endif %}
)

select said.lead_key, said.kind, said.text, min(said.rank) as rank
from said
inner join sources on said.lead_key = sources.lead_key and sources.record = 'lead'
where said.text <> ''
group by said.lead_key, said.kind, said.text
