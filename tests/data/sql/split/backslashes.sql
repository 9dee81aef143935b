-- dialect: redshift
select 'don\'t; stop', 'ends with two \\'; select replace(path, '/', '-');
select 'šš\'š;š';
