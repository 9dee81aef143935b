// A JDBC driver against `vesto emulate`. Arguments: the URL, then properties of the connection as `name=value`.

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.Properties;

public class WithJdbc {
    /** Rows as `a|b;c|d`. */
    static String rows(ResultSet result) throws SQLException {
        StringBuilder text = new StringBuilder();
        int columns = result.getMetaData().getColumnCount();
        while (result.next()) {
            text.append(text.length() > 0 ? ";" : "");
            for (int column = 1; column <= columns; column++) {
                text.append(column > 1 ? "|" : "").append(result.getString(column));
            }
        }
        return text.toString();
    }

    /** One column of a result of the driver's questions about the catalogue. */
    static String names(ResultSet result, String column) throws SQLException {
        StringBuilder text = new StringBuilder();
        while (result.next()) {
            text.append(text.length() > 0 ? "," : "").append(result.getString(column));
        }
        return text.toString();
    }

    static void same(Object expected, Object found) {
        if (!String.valueOf(expected).equals(String.valueOf(found))) {
            throw new AssertionError("expected " + expected + ", found " + found);
        }
    }

    static void statements(Connection session) throws SQLException {
        try (Statement statement = session.createStatement()) {
            statement.execute("create table j_sales (id int primary key, name varchar(20), price numeric(10,2),"
                + " sold timestamp, details super) distkey (id)");
            statement.execute("create view j_names as select name from j_sales");
        }
        try (PreparedStatement insert = session.prepareStatement(
                "insert into j_sales values (?, ?, ?, ?, json_parse('{\"a\": 1}'))")) {
            // More than the driver's threshold for statements that the server keeps.
            for (int id = 0; id < 10; id++) {
                insert.setInt(1, id);
                insert.setString(2, "é" + id);
                insert.setBigDecimal(3, new BigDecimal("1.50"));
                insert.setTimestamp(4, Timestamp.valueOf("2024-02-29 01:02:03"));
                same(1, insert.executeUpdate());
            }
        }
        try (PreparedStatement batch = session.prepareStatement("insert into j_sales (id, name) values (?, ?)")) {
            for (int id = 100; id < 110; id++) {
                batch.setInt(1, id);
                batch.setString(2, "batch");
                batch.addBatch();
            }
            same(10, batch.executeBatch().length);
        }
        try (PreparedStatement query = session.prepareStatement(
                "select nvl(name, 'x'), price, sold, details from j_sales where id < ? order by id")) {
            query.setInt(1, 1);
            for (int round = 0; round < 7; round++) {
                same("é0|1.50|2024-02-29 01:02:03|{\"a\": 1}", rows(query.executeQuery()));
            }
        }
        try (Statement statement = session.createStatement();
                ResultSet result = statement.executeQuery("select details, to_varbyte('ff00', 'hex') from j_sales where id = 1")) {
            same(true, result.getMetaData().getColumnTypeName(1).contains("super"));
            same(true, result.getMetaData().getColumnTypeName(2).contains("varbyte"));
            result.next();
            same("{\"a\": 1}", result.getObject(1));
            same("ff00", result.getObject(2));
        }
    }

    static void transactions(Connection session) throws SQLException {
        session.setAutoCommit(false);
        try (Statement statement = session.createStatement()) {
            statement.executeUpdate("delete from j_sales where id >= 100");
            session.rollback();
            statement.setFetchSize(3);
            int count = 0;
            try (ResultSet result = statement.executeQuery("select id from j_sales")) {
                while (result.next()) {
                    count++;
                }
            }
            same(20, count);
            try {
                statement.execute("select nowhere from j_sales");
                throw new AssertionError("there is such a column");
            } catch (SQLException error) {
                same("42703", error.getSQLState());
            }
            session.rollback();
        }
        session.setAutoCommit(true);
        try (Statement statement = session.createStatement()) {
            statement.setQueryTimeout(1);
            statement.execute("select pg_sleep(600)");
            throw new AssertionError("nothing was cancelled");
        } catch (SQLException error) {
            same("57014", error.getSQLState());
        }
        same(true, session.isValid(10));
    }

    static void catalogue(Connection session) throws SQLException {
        DatabaseMetaData catalogue = session.getMetaData();
        same("8.0.2", catalogue.getDatabaseProductVersion());
        same("j_sales,j_names", names(catalogue.getTables(null, "public", "j%", new String[] {"TABLE", "VIEW"}), "TABLE_NAME"));
        same("id,name,price,sold,details", names(catalogue.getColumns(null, "public", "j_sales", "%"), "COLUMN_NAME"));
        same("4,12,2,93", names(catalogue.getColumns(null, "public", "j_sales", "%"), "DATA_TYPE").substring(0, 9));
        same("id", names(catalogue.getPrimaryKeys(null, "public", "j_sales"), "COLUMN_NAME"));
        same("j_sales_pkey", names(catalogue.getIndexInfo(null, "public", "j_sales", false, false), "INDEX_NAME"));
        same(true, names(catalogue.getSchemas(), "TABLE_SCHEM").contains("public"));
        same(true, names(catalogue.getTypeInfo(), "TYPE_NAME").contains("super"));
        names(catalogue.getFunctions(null, null, "%"), "FUNCTION_NAME");
        names(catalogue.getProcedures(null, null, "%"), "PROCEDURE_NAME");
        names(catalogue.getTablePrivileges(null, "public", "%"), "PRIVILEGE");
        same("id", names(catalogue.getBestRowIdentifier(null, "public", "j_sales", 1, true), "COLUMN_NAME"));
        names(catalogue.getImportedKeys(null, "public", "j_sales"), "FK_NAME");
    }

    static void files(Connection session) throws SQLException {
        try (Statement statement = session.createStatement()) {
            statement.execute("unload ('select * from j_sales') to 's3://lake/jdbc/sales_' iam_role default");
            same("UNLOAD completed, 20 record(s) unloaded successfully.", statement.getWarnings().getMessage());
        }
        session.setAutoCommit(false);
        try (PreparedStatement copy = session.prepareStatement("copy j_sales from 's3://lake/jdbc/sales_' iam_role default");
                Statement statement = session.createStatement()) {
            copy.execute();
            same("Load into table 'j_sales' completed, 20 record(s) loaded successfully.", copy.getWarnings().getMessage());
            same("40", rows(statement.executeQuery("select count(*) from j_sales")));
            session.rollback();
            same("20", rows(statement.executeQuery("select count(*) from j_sales")));
        }
        session.rollback();
        session.setAutoCommit(true);
    }

    public static void main(String[] arguments) throws SQLException {
        Properties properties = new Properties();
        for (int at = 1; at < arguments.length; at++) {
            String[] parts = arguments[at].split("=", 2);
            properties.put(parts[0], parts[1]);
        }
        try (Connection session = DriverManager.getConnection(arguments[0], properties)) {
            statements(session);
            transactions(session);
            catalogue(session);
            files(session);
        }
    }
}
