create table ${schema}.orders_${env:STAGE} (a int); select '${x}', ${secret:a/b#c}, $not {a};
