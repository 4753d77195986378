{{ config(enabled=crowdfunding_agency.using_campaigns()) }}

{% set using_contributions = var('using_ulule', true) or var('using_micropledge', true) %}

with campaigns as (
    select * from {{ ref('campaigns') }}
),

{% if using_contributions %}
contributions as (
    select * from {{ ref('int_contributions') }}
),
{% endif %}

-- Versions of a campaign since the build that saw it first; of a day the last one counts.
versions as (
    select distinct on (history.campaign_key, history.dbt_valid_from::date)
        history.campaign_key,
        history.dbt_valid_from::date as date,
        history.raised_amount
    from {{ ref('campaign_history') }} as history
    {% if using_contributions %}
    where history.campaign_key not in (select campaign_key from contributions)
    {% endif %}
    order by history.campaign_key, history.dbt_valid_from::date, history.dbt_valid_from desc
),

changes as (
    select
        campaign_key,
        date,
        raised_amount - coalesce(lag(raised_amount) over (partition by campaign_key order by date), 0)
            as amount
    from versions
),

days as (
    {% if using_contributions %}
    select campaign_key, date, source, contributions, products, amount from contributions
    union all
    {% endif %}
    select campaign_key, date, 'snapshots', null::bigint, null::bigint, amount
    from changes
    where amount <> 0
)

select
    days.campaign_key,
    campaigns.platform,
    days.date,
    campaigns.currency,
    days.contributions,
    days.products,
    days.amount,
    sum(days.amount) over (partition by days.campaign_key order by days.date) as amount_total,
    {{ 'days.source' if using_contributions else "'snapshots'::text as source" }}
from days
inner join campaigns on days.campaign_key = campaigns.campaign_key
