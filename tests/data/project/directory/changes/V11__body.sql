-- vesto: placeholders=off
create function f() returns text language sql as $$ select '${not_a_variable}'; $$;
