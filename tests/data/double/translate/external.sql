create external schema if not exists lake from data catalog database 'raw' region 'eu-west-1' iam_role 'arn:aws:iam::1:role/r' create external database if not exists;

create external schema h from hive metastore database 'h' uri '10.0.0.1' port 99 iam_role 'arn:aws:iam::1:role/r';

create external schema p from postgres database 'd' schema 'public' uri 'host' iam_role default secret_arn 'arn:aws:secretsmanager:x';

alter external schema lake iam_role 'arn:aws:iam::1:role/other';

create external table lake."Sales" (id int, "Name" varchar, at datetime, tags array<varchar(9)>, more struct<a:int, b:map<int, date>>) partitioned by (day date, kind char(2)) row format delimited fields terminated by '|' lines terminated by '\n' stored as textfile location 'S3://b/sales/' table properties ('numRows'='17', 'skip.header.line.count'='1');

create external table if not exists lake.c (a string) row format serde 'org.apache.hadoop.hive.serde2.OpenCSVSerde' with serdeproperties ('separatorChar'=';') stored as inputformat 'org.apache.hadoop.mapred.TextInputFormat' outputformat 'o' location 's3://b/c/';

create external table lake.made partitioned by (k) stored as parquet location 's3://b/made/' as select top 3 a, nvl2(b, 1, 2) as k from t;

alter table lake.sales add if not exists partition (day='2020-01-01', kind='x') location 's3://b/1/' partition (day='2020-01-02', kind='y') location 's3://b/2/';

alter table lake.sales drop partition (day='2020-01-01', kind='x');

alter table lake.sales partition (day='2020-01-01', kind='x') set location 's3://b/3/';

alter table lake.sales set location 's3://b/4/';

alter table lake.sales set file format avro;

alter table lake.sales set table properties ('numRows'='18');

create external table other.lake.t (a int) stored as parquet location 's3://b/t/';

create external table lake.t ("$path" varchar(9)) stored as parquet location 's3://b/t/';

create external table lake.t (a int) stored as jsonfile location 's3://b/t/';

create external table lake.t (a int) stored as parquet location '/data/t/';

alter table lake.t add partition (k=1);

create procedure lake.p() as $$ begin create external table lake.t (a int) stored as parquet location 's3://b/t/'; end $$ language plpgsql;
