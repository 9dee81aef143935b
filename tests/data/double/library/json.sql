-- https://docs.aws.amazon.com/redshift/latest/dg/JSON_EXTRACT_PATH_TEXT.html
select json_extract_path_text('{"f2":{"f3":1},"f4":{"f5":99,"f6":"star"}}','f4', 'f6');
--> star
select json_extract_path_text('{"f2":{"f3":1},"f4":{"f5":99,"f6":"star"}','f4', 'f6');
--> error XX000: invalid json object {"f2":{"f3":1},"f4":{"f5":99,"f6":"star"}
select json_extract_path_text('{"f2":{"f3":1},"f4":{"f5":99,"f6":"star"}','f4', 'f6',true);
--> NULL
select json_extract_path_text('{"farm": {"barn": {"color": "red", "feed stocked": true}}}', 'farm', 'barn', 'color'), json_extract_path_text('{"farm": {"barn": {}}}', 'farm', 'barn', 'color');
--> red | NULL

-- https://docs.aws.amazon.com/redshift/latest/dg/JSON_EXTRACT_ARRAY_ELEMENT_TEXT.html
select json_extract_array_element_text('[111,112,113]', 2), json_extract_array_element_text('[111,112,113]', -1), json_extract_array_element_text('["a",["b",1,["c",2,3,null,]]]',1,true);
--> 113 | NULL | NULL
select json_extract_array_element_text('["a",["b",1,["c",2,3,null,]]]',1);
--> error XX000: invalid json array object ["a",["b",1,["c",2,3,null,]]]

-- https://docs.aws.amazon.com/redshift/latest/dg/JSON_ARRAY_LENGTH.html
select json_array_length('[11,12,13,{"f1":1,"f2":[5,6]},14]'), json_array_length('[11,12,13,{"f1":1,"f2":[5,6]},14', true);
--> 5 | NULL

-- https://docs.aws.amazon.com/redshift/latest/dg/IS_VALID_JSON.html
select is_valid_json('{"a":2}'), is_valid_json('{"a":{"b":{"c":1}}}'), is_valid_json('{"a": [1,2,"b"]}'), is_valid_json('{{}}'), is_valid_json('{1:"a"}'), is_valid_json('[1,2,3]');
--> t | t | t | f | f | f
-- https://docs.aws.amazon.com/redshift/latest/dg/IS_VALID_JSON_ARRAY.html
select is_valid_json_array('[]'), is_valid_json_array('["a","b"]'), is_valid_json_array('{"a":4}'), is_valid_json_array('a');
--> t | t | f | f
-- https://docs.aws.amazon.com/redshift/latest/dg/CAN_JSON_PARSE.html
select can_json_parse('[10001,10002,"abc"]'), can_json_parse('This is a TEST');
--> t | f

-- https://docs.aws.amazon.com/redshift/latest/dg/JSON_SERIALIZE.html
select json_serialize(json_parse('[10001,10002,"abc"]'));
--> [10001,10002,"abc"]
select json_serialize(json_parse('{"b": [1, 2.50, "q\\"x", null, true], "a": {}}'));
--> {"a":{},"b":[1,2.50,"q\"x",null,true]}
select json_parse('{"a":');
--> error XX000: invalid json object {"a":

-- https://docs.aws.amazon.com/redshift/latest/dg/c_Array_Functions.html
select json_serialize(array_concat(array(10001,10002), array(10003,10004)));
--> [10001,10002,10003,10004]
select json_serialize(array_flatten(array(1, 2, array(3, 4, array(5, 6)))));
--> [1,2,3,4,5,6]
select get_array_length(array(1,2,3,4,5,6,7,8,9,10));
--> 10
select json_serialize(split_to_array('12|345|6789', '|'));
--> ["12","345","6789"]
select json_serialize(subarray(array('a', 'b', 'c', 'd', 'e', 'f'), 2, 3));
--> ["c","d","e"]
select get_array_length(json_parse('{}'));
--> error 22023: Invalid input: GET_ARRAY_LENGTH expects an array, not object

-- https://docs.aws.amazon.com/redshift/latest/dg/c_Type_Info_Functions.html
select json_typeof(array(1,2)), json_typeof(json_parse('{"name":"Joe"}')), is_array(json_parse('[1,2]')), is_object(json_parse('{"name": "Joe"}')), is_scalar(json_parse('1'));
--> array | object | t | t | t
select is_integer(json_parse('5')), is_smallint(json_parse('70000')), is_bigint(json_parse('5.0')), is_decimal(json_parse('1.22')), is_boolean(json_parse('true')), is_varchar(json_parse('"x"')), is_char(json_parse('"é"'));
--> t | f | f | t | t | t | f
select decimal_precision(json_parse('123.45')), decimal_scale(json_parse('123.45'));
--> 5 | 2

-- https://docs.aws.amazon.com/redshift/latest/dg/query-super.html: what is taken from a SUPER has a type of its own
create table orders (o super);
insert into orders values (json_parse('{"id": 7, "name": "Joe", "day": "2024-01-02", "lines": [{"n": 1}, {"n": 2}]}'));
select t.o.id::int + 1, t.o.name::varchar, t.o.day::date, t.o.lines[1].n::int from orders t;
--> 8 | Joe | 2024-01-02 | 2
select l.n::int from orders, orders.o.lines l order by 1;
--> 1
--> 2
select t.o.id = 7, t.o.id > 6.5, t.o.name = 'Joe'::varchar, t.o.name > 5 from orders t;
--> t | t | t | NULL

-- https://docs.aws.amazon.com/redshift/latest/dg/r_object_transform_function.html
select object_transform(json_parse('{"a": {"b": 1}, "d": 3}') keep '"d"' set '"a"."b"', 7 + 1, '"t"', upper('x')), object_transform(json_parse('[1]') keep '"a"'), object_transform(json_parse('{"a": 1}'));
--> {"a": {"b": 8}, "d": 3, "t": "X"} | [1] | {"a": 1}
select set_config('query_group', 'night', false), current_setting('query_group'), current_setting('json_parse_truncate_strings');
--> night | night | NULL
