{{ config(enabled=var('using_moco', true) and crowdfunding_agency.using_campaigns()) }}

with sources as (
    select * from {{ ref('int_lead_sources') }}
),

leads as (
    select
        lead_key,
        case when split_part(lead_key, ':', 1) = 'contact' then split_part(lead_key, ':', 2)::bigint end
            as contact_id
    from sources
    where record = 'lead'
),

deals as (
    select distinct on (sources.lead_key)
        sources.lead_key,
        count(*) over (partition by sources.lead_key) as deals,
        deals.deal_id,
        deals.status,
        deals.money,
        deals.currency,
        deals.company_id
    from sources
    inner join {{ ref('stg_moco__deals') }} as deals
        on sources.record = 'deal' and sources.record_id = deals.deal_id::text
    order by sources.lead_key, deals.created_at desc, deals.deal_id desc
),

journal as (
    {% if var('using_leads', true) %}
    select distinct on (sources.lead_key)
        sources.lead_key,
        count(*) over (partition by sources.lead_key) as journal_leads,
        journal.status,
        journal.sent_at,
        journal.reason
    from sources
    inner join {{ ref('stg_leads__leads') }} as journal
        on sources.record = 'journal' and sources.record_id = journal.lead_key
    order by sources.lead_key, journal.created_at desc, journal.lead_number desc
    {% else %}
    select
        null::text as lead_key, 0::bigint as journal_leads, null::text as status,
        null::timestamptz as sent_at, null::text as reason
    where false
    {% endif %}
),

names as (
    select distinct on (lead_key) lead_key, text
    from {{ ref('int_lead_names') }}
    where kind = 'name'
    order by lead_key, rank, text
),

projects as (
    select
        sources.lead_key,
        count(*) as projects,
        sum(figures.hours) as hours,
        -- A part of the costs would pass for all of them.
        case
            when bool_and(figures.total_cost is not null) filter (where figures.is_own_currency)
                then sum(figures.total_cost) filter (where figures.is_own_currency)
        end as cost,
        sum(figures.invoiced) filter (where figures.is_own_currency) as invoiced
    from sources
    inner join (
        select *, currency = '{{ var("account_currency", "EUR") }}' as is_own_currency
        from {{ ref('project_profitability') }}
    ) as figures
        on sources.record = 'project' and sources.record_id = figures.project_id::text
    group by sources.lead_key
)

select
    leads.lead_key,
    row_number() over (
        partition by leads.lead_key order by matches.score desc nulls last, matches.campaign_key
    ) as campaign_number,
    leads.contact_id,
    nullif(concat_ws(' ', contacts.firstname, contacts.lastname), '') as contact,
    companies.company_id,
    companies.name as company,
    coalesce(deals.deals, 0) as deals,
    deals.deal_id,
    deals.status as deal_status,
    deals.money as deal_value,
    deals.currency as deal_currency,
    names.text as project_name,
    coalesce(journal.journal_leads, 0) as journal_leads,
    journal.status as lead_status,
    journal.sent_at as lead_sent_at,
    journal.reason as lead_reason,
    campaigns.campaign_key,
    campaigns.platform,
    campaigns.name as campaign,
    campaigns.state as campaign_state,
    campaigns.currency,
    campaigns.goal_amount,
    campaigns.raised_amount,
    campaigns.percent,
    matches.method as match_method,
    matches.score as match_score,
    coalesce(matches.is_ambiguous, false) as is_ambiguous,
    coalesce(projects.projects, 0) as projects,
    coalesce(projects.hours, 0) as hours,
    case when projects.lead_key is null then 0 else projects.cost end as cost,
    coalesce(projects.invoiced, 0) as invoiced
from leads
left join {{ ref('stg_moco__contacts') }} as contacts on leads.contact_id = contacts.contact_id
left join deals on leads.lead_key = deals.lead_key
left join {{ ref('stg_moco__companies') }} as companies
    on coalesce(contacts.company_id, deals.company_id) = companies.company_id
left join journal on leads.lead_key = journal.lead_key
left join names on leads.lead_key = names.lead_key
left join projects on leads.lead_key = projects.lead_key
left join {{ ref('int_lead_matches') }} as matches on leads.lead_key = matches.lead_key
left join {{ ref('campaigns') }} as campaigns on matches.campaign_key = campaigns.campaign_key
