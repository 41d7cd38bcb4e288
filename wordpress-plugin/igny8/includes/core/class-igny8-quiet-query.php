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
		$saved_values = array();
		foreach ( self::KEPT as $name ) {
			$saved_values[ $name ] = $wpdb->$name;
		}
		$suppressed = $wpdb->suppress_errors( true );
		try {
			$result = $wpdb->query( $sql ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
		} catch ( Throwable $thrown ) {
			// A filter of another plugin refused the statement.
			$result = false;
		}
		$wpdb->suppress_errors( $suppressed );
		foreach ( $saved_values as $name => $value ) {
			$wpdb->$name = $value;
		}
		return is_int( $result ) ? $result : false;
	}
}
