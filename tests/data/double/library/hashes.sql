-- https://docs.aws.amazon.com/redshift/latest/dg/r_FNV_HASH.html
select fnv_hash(1);
--> -5968735742475085980
select fnv_hash('Amazon Redshift');
--> 7783490368944507294
select fnv_hash('Amazon Redshift', fnv_hash(1));
--> -2202602717770968555
select fnv_hash('abcd'), fnv_hash('cd', fnv_hash('ab'));
--> -281581062704388899 | -281581062704388899
select fnv_hash(1::smallint), fnv_hash(1::bigint);
--> 589727492704079044 | -8517097267634966620

-- https://docs.aws.amazon.com/redshift/latest/dg/SHA1.html, and sums of `sha1sum`
select sha1('Amazon Redshift'), sha('') = 'da39a3ee5e6b4b0d3255bfef95601890afd80709', func_sha1('abc');
--> eeac5ed1e11cda66032c30ad77b25071b5487f55 | t | a9993e364706816aba3e25717850c26c9cd0d89d
select sha1(repeat('a', 55)), sha1(repeat('a', 56)), sha1(repeat('a', 64));
--> c1c8bbdc22796e28c0e15163d20899b65621d65a | c2db330f6083854c99d4b5bfb6e8f29f201be699 | 0098ba824b5c16427bd7a1122a5a442a25ec644d

-- https://docs.aws.amazon.com/redshift/latest/dg/SHA2.html
select sha2('Amazon Redshift', 256), sha2('Amazon Redshift', 0) = sha2('Amazon Redshift', 256), len(sha2('', 512));
--> 15013dc10bc5b293f1f66ea28d818387f191cafeb26f89639fae0b4acf9c8772 | t | 128
select sha2('x', 255);
--> error 22023: SHA2 does not support 255 bits: 0, 224, 256, 384 or 512

-- https://docs.aws.amazon.com/redshift/latest/dg/crc32-function.html, and Python's zlib
select crc32('Amazon Redshift'), crc32(''), md5('Amazon Redshift');
--> 32def43d | 00000000 | f7415e33f972c03abd4f3fed36748f7a
