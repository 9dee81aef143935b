create view c as select * from d, s.b, other.a;
