-- dialect: redshift
alter table s.t alter distkey c;
alter table s.t alter diststyle key distkey "C";
alter table s.t alter diststyle even;
alter table s.t alter diststyle all;
alter table s.t alter diststyle auto;
alter table t alter diststyle auto;
alter table s.t alter sortkey (a, b);
alter table s.t alter compound sortkey (a);
alter table s.t alter interleaved sortkey (a);
alter table s.t alter sortkey none;
alter table s.t alter sortkey auto;
alter table s.t alter encode auto;
alter table s.t alter column a encode zstd;
alter table s.t alter column a encode raw, alter column b encode lzo;
alter table s.t alter column encode type varchar(30);
alter materialized view s.mv auto refresh yes;
alter materialized view s.mv alter distkey a;
