-- Leads, each with the deals, projects and rows of the journal that belong to it: one row per lead
-- and such record.
{{ config(enabled=var('using_moco', true) and crowdfunding_agency.using_campaigns()) }}

with contacts as (
    select * from {{ ref('stg_moco__contacts') }}
),

deals as (
    select deals.*, contacts.contact_id
    from {{ ref('stg_moco__deals') }} as deals
    left join contacts on deals.person_id = contacts.contact_id
    where deals.tags ? '{{ var("lead_tag", "MiiMOSA") }}'
),

journal as (
    {% if var('using_leads', true) %}
    select leads.*, coalesce(deals.contact_id, leads.contact_id) as of_contact
    from {{ ref('stg_leads__leads') }} as leads
    left join {{ ref('stg_moco__deals') }} as origin on leads.deal_id = origin.deal_id
    left join contacts as deals on origin.person_id = deals.contact_id
    {% else %}
    select
        null::text as lead_key, null::bigint as deal_id, null::bigint as of_contact,
        null::bigint as proposal_id, null::text as reference
    where false
    {% endif %}
),

keyed_journal as (
    select
        case
            when of_contact is not null then 'contact:' || of_contact
            when deal_id is not null then 'deal:' || deal_id
            when proposal_id is not null then 'proposal:' || proposal_id
            when reference is not null then 'reference:' || reference
            else 'lead:' || lead_key
        end as lead_key,
        lead_key as record_id
    from journal
),

keyed_deals as (
    select
        case when contact_id is not null then 'contact:' || contact_id else 'deal:' || deal_id end
            as lead_key,
        deal_id
    from deals
),

leads as (
    select 'contact:' || contact_id as lead_key
    from contacts
    where tags ? '{{ var("lead_tag", "MiiMOSA") }}'
    union
    select lead_key from keyed_deals
    union
    select lead_key from keyed_journal
),

-- A project belongs to the lead of its deal, else to that of its contact.
projects as (
    select
        coalesce(keyed_deals.lead_key, 'contact:' || projects.contact_id) as lead_key,
        projects.project_id
    from {{ ref('stg_moco__projects') }} as projects
    left join keyed_deals on projects.deal_id = keyed_deals.deal_id
)

select lead_key, 'lead' as record, null::text as record_id from leads
union all
select lead_key, 'deal', deal_id::text from keyed_deals
union all
select lead_key, 'journal', record_id from keyed_journal
union all
select projects.lead_key, 'project', projects.project_id::text
from projects
inner join leads on projects.lead_key = leads.lead_key
