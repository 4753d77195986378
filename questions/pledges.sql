-- How much is pledged to each project on microPledge, by how many pledges?
select project_slug, count(*) as pledges, sum(amount) as pledged
from micropledge.pledges
where _sdc_deleted_at is null
group by 1
order by pledged desc, 1;
