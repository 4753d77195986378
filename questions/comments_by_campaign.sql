-- How much is said about each campaign on Ulule, and when was that last?
select project_id, count(*) as comments, max(submit_date)::date as last_comment
from ulule.project_comments
where _sdc_deleted_at is null
group by 1
order by comments desc, 1;
