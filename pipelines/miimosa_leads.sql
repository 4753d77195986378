-- MOCO's deals for MiiMOSA, each with its contact, as leads.
--
-- A deal says what the project is, but has no e-mail address; its contact has. A deal is a lead
-- when it is tagged MiiMOSA and not lost. What it does not say itself its contact may.
-- Run after every load of MOCO: a view that is there already is made anew, with its rights gone.
create schema if not exists leads;

drop view if exists leads.miimosa_leads;

create view leads.miimosa_leads as
select
    deal.id::text as deal_id,
    coalesce(nullif(contact.work_email, ''), contact.home_email) as email,
    contact.firstname,
    contact.lastname,
    coalesce(nullif(contact.mobile_phone, ''), contact.work_phone) as phone,
    said.properties ->> 'Collect type' as collect_type,
    said.properties ->> 'Project name' as project_name,
    said.properties ->> 'Project description' as project_description,
    coalesce(said.properties ->> 'Total budget', deal.money::text) as project_total_budget,
    said.properties ->> 'Publication timeframe' as publication_timeframe,
    said.properties ->> 'Category' as category,
    said.properties ->> 'Post code' as post_code,
    said.properties ->> 'City' as city,
    said.properties ->> 'Department' as department,
    'moco' as lead_source
from moco.deals as deal
inner join moco.contacts as contact on contact.id = (deal.person ->> 'id')::bigint
cross join lateral (
    select
        coalesce(contact.custom_properties::jsonb, '{}')
        || jsonb_strip_nulls(coalesce(deal.custom_properties::jsonb, '{}')) as properties
) as said
where
    'MiiMOSA' = any(deal.tags)
    and deal.status in ('potential', 'pending', 'won')
    and deal._sdc_deleted_at is null
    and contact._sdc_deleted_at is null;
