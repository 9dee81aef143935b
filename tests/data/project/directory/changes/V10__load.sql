-- vesto: requires=V02, only-on=dev, postgres
-- vesto: irreversible
select ${bucket:literal};
