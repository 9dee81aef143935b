-- dialect: redshift
copy stage.events from 's3://lake/events' iam_role default escape as '\';
select replace(path, '\', '/') from files; select 'x;y';
