-- dialect: postgres
create index i on s.t (a);
create index if not exists i on s.t (a);
create index on s.t (a);
create unique index concurrently i on s.t (a);
create index concurrently if not exists "I" on only s.t (a);
create index concurrently i on t (a);
create index concurrently on s.t (a);
drop index s.i;
drop index concurrently s.i;
drop index concurrently if exists i;
reindex table s.t;
reindex index concurrently s.i;
reindex (concurrently) index s.i;
reindex index concurrently i;
reindex table concurrently s.t;
reindex database concurrently d;
