select 1;   
   	
-- comment with blanks   
select 'kept   
  as data   ' as "a   
b",  /* one   
two */ 2;	
create procedure p() as $$   
  body   
$$;  


