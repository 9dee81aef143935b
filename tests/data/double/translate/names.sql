create table "Sales"."Order Lines" ("Id" int, "a""B" int, primary key ("Id")) distkey("Id");
select "Id" as "The Id", 'The "Id"' from "Sales"."Order Lines" where `Ab` = 1;
comment on column "Sales"."Order Lines"."Id" is 'The "Id"';
grant select on "Sales"."Order Lines" to "IAM:Bob";
alter table "T" alter column "Ä" type varchar(20);
create view v (abcdefghij_abcdefghij_abcdefghij_abcdefghij_abcdefghij_abcdefghi_) as select 1;
create view v (abcdefghij_abcdefghij_abcdefghij_abcdefghij_abcdefghij_abcdefgh_) as select 1;
create procedure p() as $$ begin select 1 into "ääääääääääääääääääääääääääääääää"; end $$ language plpgsql;
create table "Sales_of_the_region_north_by_quarter_and_by_product_with_all_corrections" (id int, Amount_of_the_sale_before_any_tax_and_after_all_of_its_reductions_in_euro int encode az64) distkey(Amount_of_the_sale_before_any_tax_and_after_all_of_its_reductions_in_euro);
comment on column sales_of_the_region_north_by_quarter_and_by_product_with_all_corrections.id is 'of sales_of_the_region_north_by_quarter_and_by_product_with_all_corrections';
create procedure fill() as $x$ declare sum_of_all_sales_of_the_region_north_by_quarter_and_by_product_so_far int; begin execute 'create table execution_made_this_table_with_a_name_that_is_longer_than_others (a int)'; sum_of_all_sales_of_the_region_north_by_quarter_and_by_product_so_far := 1; end $x$ language plpgsql;
create procedure fill() language plpgsql as 'begin delete from sales_of_the_region_north_by_quarter_and_by_product_with_all_corrections; end';
select $$sales_of_the_region_north_by_quarter_and_by_product_with_all_corrections$$ -- sales_of_the_region_north_by_quarter_and_by_product_with_all_corrections
;
