-- Campaigns of leads: by key where one names the other, otherwise by the words of their names. By
-- name a campaign is a lead's if neither fits another one better; equally good ones are ambiguous.
{{ config(enabled=var('using_moco', true) and crowdfunding_agency.using_campaigns()) }}

with names as (
    select * from {{ ref('int_lead_names') }}
),

campaigns as (
    select
        campaign_key,
        platform,
        url,
        {{ crowdfunding_agency.words('name') }} as words
    from {{ ref('campaigns') }}
),

by_key as (
    select distinct names.lead_key, campaigns.campaign_key, campaigns.platform
    from names
    inner join campaigns
        on (names.kind = 'key' and names.text = campaigns.campaign_key)
        or (names.kind = 'url' and rtrim(names.text, '/') = rtrim(campaigns.url, '/'))
),

lead_words as (
    select lead_key, {{ crowdfunding_agency.words('text') }} as words
    from names
    where kind = 'name'
),

scored as (
    select
        lead_words.lead_key,
        campaigns.campaign_key,
        campaigns.platform,
        max(
            shared.words::numeric
            / nullif(cardinality(lead_words.words) + cardinality(campaigns.words) - shared.words, 0)
        ) as score
    from lead_words
    inner join campaigns on lead_words.words && campaigns.words
    cross join lateral (
        select count(*) as words
        from unnest(lead_words.words) as word
        where word = any(campaigns.words)
    ) as shared
    where
        not exists (
            select 1 from by_key
            where by_key.lead_key = lead_words.lead_key and by_key.platform = campaigns.platform
        )
        and campaigns.campaign_key not in (select campaign_key from by_key)
    group by lead_words.lead_key, campaigns.campaign_key, campaigns.platform
),

best as (
    select
        *,
        rank() over (partition by lead_key, platform order by score desc) as lead_rank,
        rank() over (partition by campaign_key order by score desc) as campaign_rank
    from scored
    where score >= {{ var('match_score', 0.8) }}
),

matches as (
    select lead_key, campaign_key, platform, 'key' as method, 1::numeric as score
    from by_key
    union all
    select lead_key, campaign_key, platform, 'name', round(score, 3)
    from best
    where lead_rank = 1 and campaign_rank = 1
)

select
    *,
    method = 'name'
    and (
        count(*) over (partition by lead_key, platform) > 1
        or count(*) over (partition by campaign_key) > 1
    ) as is_ambiguous
from matches
