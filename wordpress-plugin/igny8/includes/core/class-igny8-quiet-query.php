<?php
/**
 * Writing in the middle of somebody else's work.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Runs one statement and leaves no trace of it in wpdb: hooks fire between another plugin's query and its look at
 * `insert_id` or `last_error`.
 */
class IGNY8_Quiet_Query {

	const KEPT = array( 'last_error', 'last_query', 'last_result', 'insert_id', 'rows_affected', 'num_rows' );

	/**
	 * Runs it.
	 *
	 * @param string $sql SQL.
	 * @return int|false Rows that changed; false when it failed, for whatever reason.
	 */
	public static function run( $sql ) {
		global $wpdb;
		$kept = array();
		foreach ( self::KEPT as $name ) {
			$kept[ $name ] = $wpdb->$name;
		}
		$quiet = $wpdb->suppress_errors( true );
		try {
			$done = $wpdb->query( $sql ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
		} catch ( Throwable $thrown ) {
			// A filter of another plugin refused the statement.
			$done = false;
		}
		$wpdb->suppress_errors( $quiet );
		foreach ( $kept as $name => $value ) {
			$wpdb->$name = $value;
		}
		return is_int( $done ) ? $done : false;
	}
}
