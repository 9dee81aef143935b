-- vesto: requires=R__a_report, V2
grant select on carrier.report to clerk;
