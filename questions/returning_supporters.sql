-- Who supports more than one campaign on Ulule?
select id as user_id, count(*) as campaigns
from ulule.project_supporters
where _sdc_deleted_at is null
group by 1
having count(*) > 1
order by campaigns desc, 1;
