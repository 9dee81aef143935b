create schema ${schema:identifier};
