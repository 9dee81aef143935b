insert into notes values ('it''s; fine', "odd;name");
select E'tab\t; \'quoted\'' as "say ""hi;""";
-- a comment; with 'a quote
select 1 /* block; /* nested; */ still; */ + 2; select 3
