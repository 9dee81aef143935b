create view s.b as select * from c;
