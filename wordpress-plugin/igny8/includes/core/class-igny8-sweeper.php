<?php
/**
 * Tidying up.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Finishes what a crash left, on a request of the app: cron needs visitors.
 */
class IGNY8_Sweeper {

	const OPTION         = 'igny8_swept_at';
	const EVERY_SECONDS  = 60;
	const NONCE_SECONDS  = 900;
	const CLAIMS_AT_ONCE = 5;

	/**
	 * Removes what this request replaced, and sweeps. The answer is out already.
	 */
	public static function run_after_response() {
		try {
			IGNY8_Replaced_Images::remove();
		} catch ( Throwable $thrown ) {
			// They are noted on the row, and the next sweep tries again.
			do_action( 'igny8_sweep_failed', $thrown );
		}
		self::maybe_sweep();
	}

	/**
	 * Finishes everything that crashes left, now.
	 *
	 * @return int Claims that were cleaned up.
	 */
	public static function sweep_all() {
		$cleaned = 0;
		do {
			$before = count( IGNY8_Claims::stale( PHP_INT_MAX ) );
			self::sweep( time() );
			$after    = count( IGNY8_Claims::stale( PHP_INT_MAX ) );
			$cleaned += $before - $after;
		} while ( $after > 0 && $after < $before );
		return $cleaned;
	}

	/**
	 * Sweeps, at most once a minute.
	 */
	private static function maybe_sweep() {
		$now = time();
		if ( $now - (int) get_option( self::OPTION ) < self::EVERY_SECONDS ) {
			return;
		}
		update_option( self::OPTION, $now, true );
		try {
			self::sweep( $now );
		} catch ( Throwable $thrown ) {
			// The answer is out already, and the next sweep tries again.
			do_action( 'igny8_sweep_failed', $thrown );
		}
	}

	/**
	 * Removes old nonces and what stale claims left.
	 *
	 * @param int $now Unix seconds.
	 */
	private static function sweep( $now ) {
		global $wpdb;
		$wpdb->query( $wpdb->prepare( 'DELETE FROM ' . IGNY8_Tables::nonces() . ' WHERE created < %d LIMIT 5000', $now - self::NONCE_SECONDS ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
		foreach ( IGNY8_Claims::stale( self::CLAIMS_AT_ONCE ) as $row ) {
			if ( IGNY8_Claims::clean_stale( $row ) ) {
				IGNY8_Claims::release( $row['content_id'], $row['run_id'] );
			}
			IGNY8_Claims::unlock( $row['content_id'] );
		}
		IGNY8_Replaced_Images::sweep();
	}
}
