create procedure p() as $x$ begin end; $$ language plpgsql;
