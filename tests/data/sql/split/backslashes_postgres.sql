-- dialect: postgres
select 'C:\'; select E'don\'t; stop', U&'\0061;', '\\server;';
