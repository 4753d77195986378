-- Which campaigns on Ulule have raised most, and how far are they on the way to their goal?
select slug, goal, amount_raised, percent, date_end::date as ends
from ulule.projects
where _sdc_deleted_at is null
order by amount_raised desc nulls last, slug;
