<?php
/**
 * How the site is.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * The route health, which Site Health, the dashboard and WP-CLI show too. The report changes
 * nothing and calls nobody.
 */
class IGNY8_Health {

	const WAITING_SECONDS = 900;
	const DISK_BYTES      = 104857600;

	/**
	 * Route health. Being asked ends the wait of the outbox after failures: the app is back.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array<string,mixed> The contract's result.
	 */
	public static function answer( $request ) {
		IGNY8_Outbox_State::end_backoff();
		return self::report( $request->connection );
	}

	/**
	 * The report.
	 *
	 * @param array<string,mixed> $connection Connection.
	 * @return array<string,mixed>
	 */
	public static function report( $connection ) {
		global $wpdb;
		$checks = self::checks( $connection );
		$status = array( 'ok' ) === array_values( array_unique( $checks, SORT_REGULAR ) ) ? 'healthy' : 'degraded';
		return array(
			'status'     => $status,
			'checks'     => $checks,
			'stats'      => array_merge( self::publish_stats(), array( 'disk_free_bytes' => self::disk_free() ) ),
			'outbox'     => self::outbox_stats(),
			'old_plugin' => IGNY8_Old_Plugin::report(),
			'versions'   => array(
				'plugin'    => IGNY8_VERSION,
				'contract'  => IGNY8_CONTRACT,
				'wordpress' => get_bloginfo( 'version' ),
				'php'       => PHP_VERSION,
				'database'  => $wpdb->db_server_info(),
			),
			'home_url'   => home_url(),
			'links'      => IGNY8_Permalinks::made_of(),
			'paired'     => $connection['confirmed'] && ! IGNY8_Connection::is_clone( $connection ),
		);
	}

	/**
	 * All checks.
	 *
	 * @param array<string,mixed>|null $connection Connection.
	 * @return array<string,string|array{problem:string,cure:string}> The text ok, or what is wrong, by name.
	 */
	public static function checks( $connection ) {
		return array(
			'api_connection'    => IGNY8_Health_Checks::connection( $connection, self::outbox_stats() ),
			'database'          => IGNY8_Health_Checks::database(),
			'media_uploads'     => IGNY8_Health_Checks::media_uploads( $connection ),
			'taxonomy_creation' => IGNY8_Health_Checks::taxonomy_creation( $connection ),
			'cron'              => IGNY8_Health_Checks::cron(),
			'outbox'            => IGNY8_Health_Checks::outbox( self::outbox_stats() ),
			'disk'              => IGNY8_Health_Checks::disk( self::disk_free() ),
			'tables'            => IGNY8_Health_Checks::tables(),
		);
	}

	/**
	 * What is on its way to the app.
	 *
	 * @return array{depth:int,oldest_at:?string,failing:int,last_delivered_at:?string}
	 */
	public static function outbox_stats() {
		$none  = array(
			'depth'             => 0,
			'oldest_at'         => null,
			'failing'           => 0,
			'last_delivered_at' => null,
		);
		$stats = array() === IGNY8_Tables::missing_tables() && is_callable( array( 'IGNY8_Outbox', 'stats' ) ) ? IGNY8_Outbox::stats() : array();
		return array_merge( $none, array_intersect_key( $stats, $none ) );
	}

	/**
	 * What was published here.
	 *
	 * @return array{posts_managed:int,last_publish:?string}
	 */
	public static function publish_stats() {
		global $wpdb;
		$map   = IGNY8_Tables::map();
		$quiet = $wpdb->suppress_errors( true );
		// phpcs:disable WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- one index each.
		$posts = (int) $wpdb->get_var( "SELECT COUNT(*) FROM $map WHERE post_id > 0" );
		$last  = (int) $wpdb->get_var( "SELECT MAX(published_at) FROM $map" );
		// phpcs:enable WordPress.DB.PreparedSQL.InterpolatedNotPrepared
		$wpdb->suppress_errors( $quiet );
		return array(
			'posts_managed' => $posts,
			'last_publish'  => 0 === $last ? null : gmdate( 'Y-m-d\TH:i:s\Z', $last ),
		);
	}

	/**
	 * Free space where media go.
	 *
	 * @return int|null Bytes; null where the host does not tell.
	 */
	public static function disk_free() {
		$folder = wp_upload_dir( null, false )['basedir'];
		$folder = is_dir( $folder ) ? $folder : WP_CONTENT_DIR;
		$bytes  = function_exists( 'disk_free_space' ) ? @disk_free_space( $folder ) : false; // phpcs:ignore WordPress.PHP.NoSilencedErrors.Discouraged -- hosts forbid it.
		return false === $bytes ? null : (int) $bytes;
	}
}
