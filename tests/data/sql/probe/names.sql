-- dialect: postgres
create table U&"d\0061t" (a int);
create table s.${name} (a int);
create table a23456789012345678901234567890123456789012345678901234567890123.t (a int);
create table a234567890123456789012345678901234567890123456789012345678901234.t (a int);
create table s."a\b" (a int);
create table "Straße" (a int);
