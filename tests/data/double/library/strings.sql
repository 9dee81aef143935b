-- https://docs.aws.amazon.com/redshift/latest/dg/r_LEN.html
select octet_length('français'), len('français');
--> 9 | 8
select len('cat'), len('cat   ');
--> 3 | 6
select len('aaa'::varbyte);
--> 3
-- its usage notes: blanks at the end of a CHAR do not count
select len('cat'::char(6)), octet_length('cat'::char(6)), textlen('cat');
--> 3 | 6 | 3

-- https://docs.aws.amazon.com/redshift/latest/dg/r_CHARINDEX.html
select charindex('fish', 'dogfish'), charindex('fish', 'DogFish');
--> 4 | 0

-- https://docs.aws.amazon.com/redshift/latest/dg/r_CONCAT.html: NULL if either is NULL
select concat('December 25, ', '2008'), concat('a', null);
--> December 25, 2008 | NULL

-- https://docs.aws.amazon.com/redshift/latest/dg/r_REPLICATE.html
select replicate('ab', 3), replicate('x', 0) = '';
--> ababab | t

-- https://docs.aws.amazon.com/redshift/latest/dg/r_STRTOL.html
select strtol('0xf',16), strtol('abcd1234',16), strtol('1234567', 10), strtol('12345678901234567890', 10);
--> error 22003: bigint out of range
select strtol('0xf',16), strtol('abcd1234',16), strtol('1234567', 10), strtol('1234567', 8), strtol('110101', 2), strtol('-7f', 16);
--> 15 | 2882343476 | 1234567 | 342391 | 53 | -127
select strtol('12z', 10);
--> error 22023: The input 12z is not valid to be converted to base 10

-- https://docs.aws.amazon.com/redshift/latest/dg/SOUNDEX.html and DIFFERENCE
select soundex('Amazon'), soundex('Robert'), soundex('Rupert'), soundex('Ashcraft'), soundex('Tymczak'), soundex('Pfister'), soundex('') = '';
--> A525 | R163 | R163 | A261 | T522 | P236 | t
select difference('Robert', 'Rupert'), difference('Amazon', '+-*/%');
--> 4 | 0

-- https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_REPLACE.html
select regexp_replace('the fox', 'FOX', 'quick brown fox', 1, 'i');
--> the quick brown fox
select regexp_replace('passwd7 plain A1234 a1234', '(?=[^ ]*[a-z])(?=[^ ]*[0-9])[^ ]+', '[hidden]', 1, 'p');
--> [hidden] plain A1234 [hidden]
select regexp_replace('passwd7 plain A1234 a1234', '(?=[^ ]*[a-z])(?=[^ ]*[0-9])[^ ]+', '[hidden]', 1, 'ip');
--> [hidden] plain [hidden] [hidden]
select regexp_replace('Etiam.laoreet.libero@sodalesMaurisblandit.edu', '@.*\\.(org|gov|com|edu|ca)$');
--> Etiam.laoreet.libero
select regexp_replace('sed@lacusUtnec.ca', '@.*\\.[[:alpha:]]{2,3}', '@internal.company.com');
--> sed@internal.company.com
select regexp_replace('a1b2', '([a-z])([0-9])', '$2$1'), regexp_replace('aaa', 'a', 'b', 2), regexp_replace('aaa', 'a', 'b', 9);
--> 1a2b | abb | aaa

-- https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_SUBSTR.html
select regexp_substr('Etiam.laoreet.libero@sodalesMaurisblandit.edu', '@[^.]*'), regexp_substr('the fox', 'FOX', 1, 1, 'i');
--> @sodalesMaurisblandit | fox
select regexp_substr('passwd7 plain A1234 a1234', '(?=[^ ]*[a-z])(?=[^ ]*[0-9])[^ ]+', 1, 2, 'p'), regexp_substr('passwd7 plain A1234 a1234', '(?=[^ ]*[a-z])(?=[^ ]*[0-9])[^ ]+', 1, 2, 'ip');
--> a1234 | A1234
select regexp_substr('abc', 'x') = '', regexp_substr('abc', 'a', 9) = '', regexp_substr('abc', 'a', 1, 0), regexp_substr('id=42;', 'id=([0-9]+)', 1, 1, 'e');
--> t | t | NULL | 42

-- https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_COUNT.html
select regexp_count('abcdefghijklmnopqrstuvwxyz', '[a-z]{3}'), regexp_count('the fox', 'FOX', 1, 'i'), regexp_count('passwd7 plain A1234 a1234', '(?=[^ ]*[a-z])(?=[^ ]*[0-9])[^ ]+', 1, 'p');
--> 8 | 1 | 2

-- https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_INSTR.html
select regexp_instr('The Home Depot Center', '[cC]ent(er|re)$'), regexp_instr('non.justo.Proin@ametconsectetuer.edu', '@[^.]*'), regexp_instr('abc', 'x'), regexp_instr('abcabc', 'b', 1, 2), regexp_instr('abc', 'b', 1, 1, 1);
--> 16 | 16 | 0 | 5 | 3

-- strings are joined by + too
select 'a'::varchar + 'b'::varchar, 1 + 2;
--> ab | 3

-- https://docs.aws.amazon.com/redshift/latest/dg/r_NVL2.html
select nvl2(null, 'a', 'b'), nvl2('x', 1, 2), nvl(null, 'c');
--> b | 1 | c

-- https://docs.aws.amazon.com/redshift/latest/dg/r_TEXT_TO_INT_ALT.html
select text_to_int_alt('123-'), text_to_int_alt('2147483647+'), text_to_numeric_alt(' 1.5- ');
--> -123 | 2147483647 | -1.5

-- https://docs.aws.amazon.com/redshift/latest/dg/OCTETINDEX.html
select octetindex('q', 'AOQOMqo'), octetindex('ñ', 'Güñ'), octetindex('x', 'abc');
--> 6 | 4 | 0
