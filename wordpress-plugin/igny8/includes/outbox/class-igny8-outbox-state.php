<?php
/**
 * What the senders of the outbox share.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * The lease that one sender at a time holds, and how the last sendings went. In options, but past their cache: another
 * process wrote them.
 */
class IGNY8_Outbox_State {

	const OPTION = 'igny8_outbox_state';
	const LEASE  = 'igny8_outbox_lease';

	const NONE = array(
		'failures'     => 0,
		'retry_at'     => 0,
		'delivered_at' => 0,
		'floor'        => 0,
		'alone'        => false,
		'key'          => '',
		'problem'      => '',
	);

	/**
	 * Failures in a row, when to try again, last delivery, highest sequence sent, whether events go one by one, key of
	 * the connection this is about, last problem. Times in microseconds.
	 *
	 * @return array{failures:int,retry_at:int,delivered_at:int,floor:int,alone:bool,key:string,problem:string}
	 */
	public static function read() {
		global $wpdb;
		$stored = json_decode( (string) $wpdb->get_var( $wpdb->prepare( "SELECT option_value FROM {$wpdb->options} WHERE option_name = %s", self::OPTION ) ), true );
		return array_merge( self::NONE, is_array( $stored ) ? array_intersect_key( $stored, self::NONE ) : array() );
	}

	/**
	 * Changes some of it.
	 *
	 * @param array<string,mixed> $changes Changes.
	 */
	public static function write( $changes ) {
		global $wpdb;
		$json = (string) wp_json_encode( array_merge( self::read(), $changes ) );
		IGNY8_Quiet_Query::run( $wpdb->prepare( "INSERT INTO {$wpdb->options} (option_name, option_value, autoload) VALUES (%s, %s, 'no') ON DUPLICATE KEY UPDATE option_value = VALUES(option_value)", self::OPTION, $json ) );
	}

	/**
	 * Ends the wait after failures, because the app is back. When the next try fails too, the wait goes on growing.
	 */
	public static function end_backoff() {
		if ( self::read()['retry_at'] > IGNY8_Outbox::now() ) {
			self::write( array( 'retry_at' => 0 ) );
		}
		IGNY8_Nudge::end_backoff();
	}

	/**
	 * Takes the lease: one UPDATE, whose row count tells who got it.
	 *
	 * @return string|null What to renew and release it with; null when another process holds it.
	 */
	public static function take_lease() {
		global $wpdb;
		$new_lease    = self::new_lease();
		$rows_changed = IGNY8_Quiet_Query::run( $wpdb->prepare( "UPDATE {$wpdb->options} SET option_value = %s WHERE option_name = %s AND CAST(SUBSTRING_INDEX(option_value, ' ', 1) AS UNSIGNED) < %d", $new_lease, self::LEASE, IGNY8_Outbox::now() ) );
		if ( 0 === $rows_changed && null === $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM {$wpdb->options} WHERE option_name = %s", self::LEASE ) ) ) {
			$rows_changed = IGNY8_Quiet_Query::run( $wpdb->prepare( "INSERT IGNORE INTO {$wpdb->options} (option_name, option_value, autoload) VALUES (%s, %s, 'no')", self::LEASE, $new_lease ) );
		}
		return 1 === $rows_changed ? $new_lease : null;
	}

	/**
	 * Renews the lease.
	 *
	 * @param string $lease Lease.
	 * @return string|null New lease; null when it ran out and another process has it.
	 */
	public static function renew_lease( $lease ) {
		$new_lease = self::new_lease();
		return 1 === self::swap_lease( $lease, $new_lease ) ? $new_lease : null;
	}

	/**
	 * Releases the lease.
	 *
	 * @param string $lease Lease.
	 */
	public static function release_lease( $lease ) {
		self::swap_lease( $lease, '0' );
	}

	/**
	 * Puts one lease in the place of another.
	 *
	 * @param string $old   Old one.
	 * @param string $fresh New one.
	 * @return int|false
	 */
	private static function swap_lease( $old, $fresh ) {
		global $wpdb;
		return IGNY8_Quiet_Query::run( $wpdb->prepare( "UPDATE {$wpdb->options} SET option_value = %s WHERE option_name = %s AND option_value = %s", $fresh, self::LEASE, $old ) );
	}

	/**
	 * A lease from now on: when it ends, and something that no other process has.
	 *
	 * @return string
	 */
	private static function new_lease() {
		return ( IGNY8_Outbox::now() + IGNY8_Outbox::microseconds( IGNY8_Outbox::times()['lease'] ) ) . ' ' . bin2hex( random_bytes( 8 ) );
	}
}
